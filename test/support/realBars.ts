import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { BarColumn, Bars } from '../../host/catalog/bars.ts';

export const realFolder = new URL('../../../shared/data/', import.meta.url);

export const hasRealBars = existsSync(realFolder);

/** Printed by tests that skip. */
export const noRealBars = 'real bars are not here (../shared/data beside the repository): skipped';

const cell = (text: string | undefined): number => (text ? Number(text) : Number.NaN);

/**
 * Bars of a file under ../shared/data, at most `rows` from `skip` on. In a file with ask columns, open to close are the
 * bid bar and the spreads are ask - bid at the open and the close.
 */
export const realBars = (path: string, rows: number, skip = 0): Bars => {
  const [header, ...lines] = gunzipSync(readFileSync(new URL(path, realFolder)))
    .toString('utf8')
    .trimEnd()
    .split(/\r?\n/);
  const names = header!.split(',');
  const fields = lines.slice(skip, skip + rows).map(line => line.split(','));
  const take = (name: string) => {
    const index = names.indexOf(name);
    return Float64Array.from(fields, field => cell(field[index]));
  };
  const time = Float64Array.from(fields, field => Date.parse(`${field[0]!.replace(' ', 'T')}Z`) * 1000);
  const columns: Partial<Record<BarColumn, Float64Array>> = { volume: take('volume') };
  for (const part of ['open', 'high', 'low', 'close'] as const) {
    columns[part] = take(part);
    if (!names.includes('ask_close')) continue;
    columns[`bid_${part}`] = columns[part];
    columns[`ask_${part}`] = take(`ask_${part}`);
  }
  if (names.includes('ask_close'))
    Object.assign(columns, spreads(columns as Record<BarColumn, Float64Array>));
  return { time, columns };
};

const spreads = (columns: Record<BarColumn, Float64Array>): Partial<Record<BarColumn, Float64Array>> => {
  const between = (part: 'open' | 'close') =>
    columns[`ask_${part}`].map((ask, row) => ask - columns[`bid_${part}`][row]!);
  const [open, close] = [between('open'), between('close')];
  return {
    spread_open: open,
    spread_close: close,
    spread_high: open.map((x, row) => Math.max(x, close[row]!)),
    spread_low: open.map((x, row) => Math.min(x, close[row]!)),
  };
};
