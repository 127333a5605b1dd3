// What packages.mjs and bindings.mjs have in common: the bars of a file, and a library's cases over them, several times.
//
//   node PROGRAM LIBRARY REPETITIONS BUDGET_MS BARS RESULTS CASE...
//
// Reads and writes what native.c does.
import { readFileSync, writeFileSync } from 'node:fs';

const [library, repetitions, budgetMs, barsPath, resultsPath, ...names] = process.argv.slice(2);
const windows = [15, 30, 45, 60, 75];

function readBars(path) {
  const { buffer } = new Uint8Array(readFileSync(path));
  const rows = Number(new BigInt64Array(buffer, 0, 1)[0]);
  const plane = i => new Float64Array(buffer, 8 + i * rows * 8, rows);
  const [open, high, low, close, volume, first, second] = [0, 1, 2, 3, 4, 5, 6].map(plane);
  return { rows, open, high, low, close, volume, first, second };
}

export const bars = readBars(barsPath);

export const versionOf = name =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

/** Values as a plane: those that are missing at the beginning are NaN. */
export function planeOf(values) {
  const plane = new Float64Array(bars.rows).fill(NaN);
  const first = bars.rows - values.length;
  for (let i = 0; i < values.length; i++) plane[first + i] = values[i] ?? NaN;
  return plane;
}

/** `libraries`: each resolves to its version, to what prepares a case or knows none, and to what makes planes of results. */
export async function main(libraries) {
  const { version, prepare, planes } = await libraries[library]();
  const cases = {};
  const written = [];
  for (const name of names) {
    const [kind, of] = name.split(' ');
    const run = prepare(kind, of === 'set' ? windows : [Number(of)]);
    if (!run) continue;
    const result = await run();
    const times = [];
    const begin = performance.now();
    do {
      const start = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(start);
      times.push(((user + system) * 1e3) / bars.rows);
    } while (times.length < Number(repetitions) && performance.now() - begin < Number(budgetMs));
    times.sort((a, b) => a - b);
    cases[name] = { ns: times[times.length >> 1] };
    if (resultsPath === '-') continue;
    const found = await planes(result, kind);
    cases[name].planes = found.length;
    for (const plane of found) written.push(Buffer.from(plane.buffer));
  }
  if (resultsPath !== '-') writeFileSync(resultsPath, Buffer.concat(written));
  console.log(JSON.stringify({ version, cases }));
}
