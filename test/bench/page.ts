import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Outcome, ofAll } from './benches.ts';
import { type Figure, isMet } from './figure.ts';
import { figureTable, goalText, number, table } from './figureText.ts';
import { isBusy, type Machine, machineText } from './machine.ts';

/** The page that a run of all benchmarks writes. */
export const benchmarksPage = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

const list = (items: readonly string[]): string => items.map(item => `- ${item}`).join('\n');

const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 ]/g, '')
    .replaceAll(' ', '-');

const link = (title: string): string => `[${title}](#${anchor(title)})`;

/** Every part with how it ended; what missed its goal by name, so that no one has to look for it. */
function contents(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ title, figures, seconds, error }) => {
    const goals = figures.filter(({ goal }) => goal);
    const met = goals.filter(figure => isMet(figure)).length;
    const missed = goals.filter(figure => !isMet(figure)).map(figure => `${figure.figure}: ${shown(figure)}`);
    const end = error !== undefined ? 'failed' : goals.length > 0 ? `${met} of ${goals.length}` : '';
    return [link(title), end, missed.join('; '), seconds.toFixed(0)];
  });
  return table(['part', 'goals met', 'missed', 's'], rows);
}

const shown = (figure: Figure): string => `${number(figure.value)} ${figure.unit} (${goalText(figure)})`;

function head(machine: Machine, outcomes: readonly Outcome[]): string {
  const minutes = outcomes.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const goals = outcomes.flatMap(({ figures }) => figures).filter(({ goal }) => goal);
  const met = goals.filter(figure => isMet(figure)).length;
  const left = ofAll.filter(name => !outcomes.some(({ bench }) => bench === name));
  const failed = outcomes.filter(({ error }) => error !== undefined);
  const missing = outcomes.flatMap(({ missing = [] }) => missing);
  return [
    '# Benchmarks',
    'What Windrow costs on one machine, and where it loses. `npm run bench` in a clone writes this page anew; [performance.md](performance.md) says what limits each part, how it was found and what did not help, and `npx windrow bench` measures your own machine and database in a quarter of a minute.',
    `Measured on ${machine.date.slice(0, 10)} at ${machine.commit} in ${minutes.toFixed(0)} minutes: ${machineText(machine)}. ${
      isBusy(machine)
        ? `The machine was busy with other work when it began (load ${machine.load}): ratios hold better than times.`
        : 'The machine was quiet when it began.'
    } Bars are made up where nothing else is said, the same in every run, and Postgres is the embedded one with the settings that Windrow gives it.`,
    'Each figure is a ratio within one run, its cases in turn and in changing order after a round that warms up, or the cost of one unit: the median of its runs, the lowest and the highest. Where two ways are compared, what they make is compared first, and a difference is an error. Goals were set beforehand; what misses its goal stands in the table with what it came to.',
    left.length > 0 && `Left out of this run: ${left.join(', ')}.`,
    `${met} of ${goals.length} goals are met.`,
    contents(outcomes),
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
