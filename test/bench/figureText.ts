import { type Figure, isMet } from './figure.ts';

export const number = (value: number): string =>
  value.toPrecision(value < 100 ? 3 : 4).replace(/^(\d{4,})\..*/, '$1');

export const goalText = ({ goal }: Figure): string =>
  goal ? ('atMost' in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`) : '';

export const verdict = (figure: Figure): string =>
  ({ true: 'met', false: 'MISSED', undefined: '' })[`${isMet(figure)}`]!;

const cells = (figure: Figure): string[] => [
  figure.figure,
  number(figure.value),
  figure.unit,
  `${number(figure.low)} to ${number(figure.high)}`,
  String(figure.runs),
  goalText(figure),
  verdict(figure),
];

const header = ['figure', 'median', '', 'lowest to highest', 'runs', 'goal', ''];

/** Figures as lines for a terminal. */
export function figureLines(figures: readonly Figure[]): string[] {
  const rows = [['', ...header], ...figures.map(figure => [figure.bench, ...cells(figure)])];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => row[i]!.length)));
  const right = new Set([2, 5]);
  const padded = (text: string, i: number): string =>
    right.has(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
  return rows.map(row => row.map(padded).join('  ').trimEnd());
}

/** A table of Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');

/** Figures as a table of Markdown. */
export const figureTable = (figures: readonly Figure[]): string => table(header, figures.map(cells));
