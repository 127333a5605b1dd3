import { parseArgs } from 'node:util';
import { benches, type Outcome, ofAll, runBench } from './benches.ts';
import { figureLines } from './figureText.ts';
import { isBusy, machineText, thisMachine } from './machine.ts';
import { benchmarksPage, writePage } from './page.ts';

// `npm run bench` runs all and writes docs/benchmarks.md; `npm run bench -- backfill memory` runs two and writes nothing,
// `--page FILE` writes what was run to another file; `npm run --silent bench -- --json >> results.jsonl`.

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, page: { type: 'string' }, help: { type: 'boolean' } },
  allowPositionals: true,
});
const apart = Object.keys(benches).filter(name => !ofAll.includes(name));
const unknown = positionals.find(name => !benches[name]);
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`benchmark "${unknown}" does not exist`);
  console.error(`usage: npm run bench -- [--json] [--page FILE] [${Object.keys(benches).join(' | ')}]...
Without names all but ${apart.join(', ')} run, and docs/benchmarks.md is written.`);
  process.exit(unknown === undefined ? 0 : 2);
}

const machine = thisMachine();
const chosen = positionals.length > 0 ? positionals : ofAll;
const page = values.page ?? (positionals.length > 0 ? undefined : benchmarksPage);
if (!values.json) {
  console.log(`Windrow ${machine.commit} on ${machineText(machine)}`);
  if (isBusy(machine)) console.log(`load is ${machine.load} already: times will be those of a busy machine`);
}
const outcomes: Outcome[] = [];
for (const name of chosen) {
  const outcome = await runBench(name);
  outcomes.push(outcome);
  for (const text of outcome.missing ?? []) console.error(`${name}: not measured: ${text}`);
  const end = outcome.error === undefined ? '' : `, failed: ${outcome.error}`;
  console.error(`${name}: ${outcome.seconds.toFixed(0)} s${end}`);
}
const figures = outcomes.flatMap(outcome => outcome.figures);
if (page !== undefined) writePage(page, machine, outcomes);
if (values.json) console.log(JSON.stringify({ ...machine, figures }));
else for (const line of figureLines(figures)) console.log(line);
if (outcomes.some(({ error }) => error !== undefined)) process.exitCode = 1;
