import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benches, type Outcome } from './benches.ts';
import { isMet } from './figure.ts';
import { figureTable } from './figureText.ts';
import { isBusy, type Machine, machineText } from './machine.ts';

/** The page that a run of all benchmarks writes. */
export const benchmarksPage = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

const list = (items: readonly string[]): string => items.map(item => `- ${item}`).join('\n');

function head(machine: Machine, outcomes: readonly Outcome[]): string {
  const minutes = outcomes.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const goals = outcomes.flatMap(({ figures }) => figures).filter(({ goal }) => goal);
  const met = goals.filter(figure => isMet(figure)).length;
  const left = Object.keys(benches).filter(name => !outcomes.some(({ bench }) => bench === name));
  const failed = outcomes.filter(({ error }) => error !== undefined);
  const missing = outcomes.flatMap(({ missing = [] }) => missing);
  return [
    '# Benchmarks',
    'Written by `npm run bench`; [performance.md](performance.md) says what limits each part and what did not help. Each figure is a ratio within one run, its cases in turn and in changing order, or the cost of one unit: the median of its runs, the lowest and the highest. Where two ways are compared, what they make is compared first, and a difference is an error.',
    `Measured on ${machine.date.slice(0, 10)} at ${machine.commit} in ${minutes.toFixed(0)} minutes: ${machineText(machine)}. ${
      isBusy(machine)
        ? `The machine was busy with other work when it began (load ${machine.load}): ratios hold better than times.`
        : 'The machine was quiet when it began.'
    }`,
    left.length > 0 && `Left out of this run: ${left.join(', ')}.`,
    `${met} of ${goals.length} goals are met.`,
    failed.length > 0 &&
      `Failed:\n\n${list(failed.map(({ title, error }) => `${title}: ${error!.split('\n')[0]}`))}`,
    missing.length > 0 && `Not measured, because it is not there:\n\n${list(missing)}`,
  ]
    .filter(part => part !== false)
    .join('\n\n');
}

/** What has a section of its own shows there what only informs; its goals stand in the table. */
function part({ bench, title, figures, section, error }: Outcome): string {
  const shown = section === undefined ? figures : figures.filter(({ goal }) => goal);
  return [
    `## ${title}`,
    `\`npm run bench -- ${bench}\``,
    error !== undefined && `Failed: ${error.split('\n')[0]}`,
    error === undefined && figures.length === 0 && 'Not measured here.',
    shown.length > 0 && figureTable(shown),
    section,
  ]
    .filter(text => typeof text === 'string')
    .join('\n\n');
}

export const pageText = (machine: Machine, outcomes: readonly Outcome[]): string =>
  `${[head(machine, outcomes), ...outcomes.map(part)].join('\n\n')}\n`;

export function writePage(path: string, machine: Machine, outcomes: readonly Outcome[]): void {
  writeFileSync(path, pageText(machine, outcomes));
  for (const { pictures = {} } of outcomes)
    for (const [file, picture] of Object.entries(pictures)) writeFileSync(join(dirname(path), file), picture);
}
