// Computes some features so many times, for who counts instructions: a process of what ships, without types to strip.
// `node test/bench/countersProgram.mjs REPEATS` prints the cells of one time.

const { Engine } = await import(new URL('../../build/host/index.js', import.meta.url).href);

const rows = 4_000;
const time = Float64Array.from({ length: rows }, (_, row) => 1.7e15 + row * 6e7);
const close = time.map((_, row) => 1 + ((row * 7919) % 101) / 1e5 + ((row * 31) % 1009) / 1e6);
const engine = await Engine.create();
const names = engine
  .plan('all')
  .features.map(({ name }) => name)
  .filter(name => /^(statistics|reg)_rate\./.test(name));
const columns = { open: close, high: close.map(x => x + 1e-4), low: close.map(x => x - 1e-4), close };
for (let repeat = Number(process.argv[2]); repeat > 0; repeat--)
  await engine.compute({ time, columns }, names, { parameters: { baseline: 1, pip: 1e-4 } });
console.log(rows * names.length);
