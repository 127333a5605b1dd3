import { parseArgs } from 'node:util';
import { kills } from './kills.ts';
import type { Ending } from './run.ts';
import { setStage } from './stage.ts';
import { type Round, torture } from './torture.ts';

// npm run torture -- --kills 300 [--seed 1] [--only disk]

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '39' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
});
const ways = kills.filter(({ name }) => name.includes(values.only ?? ''));
const options = { kills: Number(values.kills), seed: Number(values.seed), ways };
console.log(`seed ${options.seed}, ${options.kills} kills`);
const stage = await setStage();
if (!stage.ownDisks) console.log('no disk is filled: this account may not mount a tmpfs');
if (!stage.other) console.log('no host is cut off: this account may not make a network namespace');

const endOf = ({ signal, error, retries, report }: Ending): string => {
  const failed = report?.failed.map(({ code }) => code).join(', ') || 'none';
  return signal ?? error ?? `${retries} tried again, failed ${failed}`;
};

function print(
  { kill, fresh, hit, finished, completed, reads, endings, wrong }: Round,
  number: number,
): void {
  const left = hit ? `${finished} were done, ${completed} left` : 'had ended before';
  const ends = endings.map(endOf).join(' and ');
  console.log(`${number} ${kill}, ${fresh ? 'anew' : 'replacing'}: ${left}, ${reads} reads; ${ends}`);
  for (const what of wrong) console.log(`  WRONG: ${what}`);
}

// leaves no server and no disk behind
let stopped = false;
process.once('SIGINT', () => {
  console.log('stopping behind this round');
  stopped = true;
});

const rounds = await torture(stage, { ...options, onRound: print, isStopped: () => stopped }).finally(() =>
  stage.close(),
);
for (const { name } of kills) {
  const own = rounds.filter(({ kill }) => kill === name);
  const hits = own.filter(({ hit, completed }) => hit && completed > 0).length;
  const failed = own.filter(({ wrong }) => wrong.length > 0).length;
  if (own.length > 0)
    console.log(`${name}: ${own.length} rounds, ${hits} left work, ${failed} broke a claim`);
}
const wrong = rounds.filter(({ wrong }) => wrong.length > 0).length;
const reads = rounds.reduce((sum, { reads }) => sum + reads, 0);
console.log(
  `${rounds.length} kills, ${reads} readings of all families, ${wrong} broke a claim (seed ${options.seed})`,
);
process.exitCode = wrong > 0 ? 1 : 0;
