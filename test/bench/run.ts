import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figure, isMet } from './figure.ts';
import { psqlVersion } from './floor.ts';

// `npm run bench`, `npm run bench -- backfill memory`, `npm run --silent bench -- --json >> results.jsonl`.
// Every figure is a ratio within one run or the cost of one unit, so that it means something on any machine.

const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  backfill: async () => (await import('./backfill.ts')).benchBackfill(),
  engine: async () => (await import('./engine.ts')).benchEngine(),
  windows: async () => (await import('./windows.ts')).benchWindows(),
  import: async () => (await import('./import.ts')).benchImport(),
  memory: async () => (await import('./memory.ts')).benchMemory(),
  update: async () => (await import('./update.ts')).benchUpdate(),
  libraries: async () => (await import('./libraries.ts')).benchLibraries(),
  stream: async () => (await import('./stream.ts')).benchStream(),
};

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
  allowPositionals: true,
});
const unknown = positionals.find(name => !benches[name]);
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`benchmark "${unknown}" does not exist`);
  console.error(`usage: npm run bench -- [--json] [${Object.keys(benches).join(' | ')}]...`);
  process.exit(unknown === undefined ? 0 : 2);
}

const commit = (): string => {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return 'unknown';
  }
};

const machine = {
  date: new Date().toISOString(),
  commit: commit(),
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`,
  node: process.version,
  psql: psqlVersion() ?? 'none',
  load: loadavg()[0]!.toFixed(1),
};

const number = (value: number): string =>
  value.toPrecision(value < 100 ? 3 : 4).replace(/^(\d{4,})\..*/, '$1');
const goalText = ({ goal }: Figure): string =>
  goal ? ('atMost' in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`) : '';
const verdict = (figure: Figure): string =>
  ({ true: 'met', false: 'MISSED', undefined: '' })[`${isMet(figure)}`]!;

function printTable(figures: readonly Figure[]): void {
  const header = ['', 'figure', 'median', '', 'lowest to highest', 'runs', 'goal', ''];
  const rows = figures.map(figure => [
    figure.bench,
    figure.figure,
    number(figure.value),
    figure.unit,
    `${number(figure.low)} to ${number(figure.high)}`,
    String(figure.runs),
    goalText(figure),
    verdict(figure),
  ]);
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map(row => row[i]!.length)));
  const right = new Set([2, 5]);
  for (const row of [header, ...rows])
    console.log(
      row
        .map((text, i) => (right.has(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
    );
}

const figures: Figure[] = [];
const chosen = positionals.length > 0 ? positionals : Object.keys(benches);
if (!values.json) {
  const { cpu, cores, memoryGb, system, node, psql, load, commit } = machine;
  console.log(`Windrow ${commit} on ${cores} x ${cpu}, ${memoryGb} GB, ${system}, Node ${node}, ${psql}`);
  if (Number(load) > 0.3 * cores)
    console.log(`load is ${load} already: times will be those of a busy machine`);
}
for (const name of chosen) {
  const start = performance.now();
  figures.push(...(await benches[name]!()));
  console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
if (values.json) console.log(JSON.stringify({ ...machine, figures }));
else printTable(figures);
