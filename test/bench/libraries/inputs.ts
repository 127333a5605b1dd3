import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../../host/bars/random.ts';
import type { BarColumn, Bars } from '../../../host/catalog/bars.ts';
import { hasRealBars, realBars } from '../../support/realBars.ts';
import { pairBars } from '../market.ts';

// What the libraries compute over: a month of minute bars for times, made-up series for digits.

/** Where programs, bars and results lie. */
export const folder = join(tmpdir(), 'windrow-bench-libraries');

/** Two series of changes stand where such bars have no values. */
export const pairColumns = ['spread_open', 'spread_close'] as const;
const [first, second] = pairColumns;

/** Planes of a file, in this order. */
const planes: readonly BarColumn[] = ['open', 'high', 'low', 'close', 'volume', first, second];

/** Rows of a month of minute bars, as much as a task of a backfill has. */
const monthRows = 30_000;

/** Changes in millionths: of prices themselves the sums of powers of most libraries cancel. */
function changes(prices: Float64Array): Float64Array {
  return prices.map((price, row) => (row === 0 ? 0 : (price - prices[row - 1]!) * 1e6));
}

/** Bars to measure times with. */
export function timeBars(): { readonly name: string; readonly bars: Bars } {
  const { time, columns } = hasRealBars
    ? realBars('fx_m1_2021q1/GBPUSD.csv.gz', monthRows)
    : pairBars('eurusd', '2024-06', '2024-07');
  const { open, high, low, close, volume } = columns;
  const rows = Math.min(time.length, monthRows);
  const cut = (plane: Float64Array | undefined) => plane!.subarray(0, rows);
  return {
    name: `${rows} minute bars of ${hasRealBars ? 'GBPUSD, January 2021' : 'a made-up pair'}`,
    bars: {
      time: cut(time),
      columns: {
        ...{ open: cut(open), high: cut(high), low: cut(low), close: cut(close), volume: cut(volume) },
        ...{ [first]: changes(cut(close)), [second]: changes(cut(open)) },
      },
    },
  };
}

export type Series = { readonly name: string; readonly bars: Bars };

const seriesRows = 8_000;
const outlierRow = 1_000;
/** Rows from here on have forgotten the outlier, recursions with a memory of 30 rows too. */
export const settledRow = 4_000;

/** Series to measure digits with: about a level with unit noise and memory, and a companion that goes half its way. */
export function digitSeries(): Series[] {
  const random = createRandom(1, 'digits');
  let state = 0;
  const quiet = Float64Array.from({ length: seriesRows }, () => {
    state = 0.9 * state + random.normal();
    return 100 + state;
  });
  const beside = quiet.map(value => 50 + (value - 100) / 2 + random.normal());
  const struck = (plane: Float64Array): Float64Array => {
    const copy = plane.slice();
    copy[outlierRow] = 1e12;
    return copy;
  };
  const lifted = (plane: Float64Array): Float64Array => plane.map(value => value + 1e9);
  const bars = (of: (plane: Float64Array) => Float64Array): Bars => {
    const [own, other] = [of(quiet), of(beside)];
    const columns = Object.fromEntries(planes.map(name => [name, own]));
    const time = Float64Array.from(own, (_, row) => row * 60e6);
    return { time, columns: { ...columns, [second]: other } };
  };
  return [
    { name: 'quiet', bars: bars(plane => plane) },
    { name: 'offset of 1e9', bars: bars(lifted) },
    { name: 'after an outlier of 1e12', bars: bars(struck) },
  ];
}

/** Writes bars for the programs and returns the file: rows as i64, then the planes as f64. */
export function writeBars(name: string, { time, columns }: Bars): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name.replaceAll(' ', '-')}.bars`);
  const parts = [BigInt64Array.of(BigInt(time.length)), ...planes.map(column => columns[column]!)];
  const bytes = parts.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  writeFileSync(path, Buffer.concat(bytes));
  return path;
}
