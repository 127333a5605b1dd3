import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Bars } from '../../host/catalog/bars.ts';
import type { Features } from '../../host/index.ts';

// Features as pandas computes them (test/vectors/stocks_hourly.py), and how far ours are from them.

/** A table of numbers as CSV, gzipped or not: a column per name, an empty cell is NaN, a time is in microseconds. */
export function readTable(path: string | URL): ReadonlyMap<string, Float64Array> {
  const bytes = readFileSync(path);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd();
  const [header, ...lines] = text.split('\n').map(line => line.split(','));
  const cell = (field: string | undefined): number => {
    if (!field) return Number.NaN;
    return field.includes(':') ? Date.parse(`${field.replace(' ', 'T')}Z`) * 1000 : Number(field);
  };
  return new Map(header!.map((name, i) => [name, Float64Array.from(lines, line => cell(line[i]))]));
}

export function barsOf(table: ReadonlyMap<string, Float64Array>): Bars {
  const { ts_utc, ...columns } = Object.fromEntries(table);
  return { time: ts_utc!, columns };
}

/** How far a feature is from pandas' over the rows in which both have a value. */
export type Distance = {
  readonly feature: string;
  readonly rows: number;
  /** Rows in which one has a value and the other has none. */
  readonly onlyOurs: number;
  readonly onlyTheirs: number;
  /** Largest difference relative to the value, or to the usual size of the feature where that is larger. */
  readonly worst: number;
  /** Largest difference relative to the value alone, however near to zero that is. */
  readonly worstOfValue: number;
  readonly correlation: number;
};

const correlationOf = (pairs: readonly (readonly [number, number])[]): number => {
  const mean = (side: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length;
  const [a, b] = [mean(0), mean(1)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [x, y] of pairs) {
    ab += (x - a) * (y - b);
    aa += (x - a) ** 2;
    bb += (y - b) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
};

export function distanceOf(feature: string, ours: Float64Array, theirs: Float64Array): Distance {
  const pairs: [number, number][] = [];
  let [onlyOurs, onlyTheirs] = [0, 0];
  ours.forEach((x, row) => {
    const y = theirs[row]!;
    if (!Number.isNaN(x) && !Number.isNaN(y)) pairs.push([x, y]);
    else if (!Number.isNaN(x)) onlyOurs++;
    else if (!Number.isNaN(y)) onlyTheirs++;
  });
  const sizes = pairs.map(([, y]) => Math.abs(y)).sort((a, b) => a - b);
  const usual = sizes[sizes.length >> 1] ?? 0;
  let [worst, worstOfValue] = [0, 0];
  for (const [x, y] of pairs) {
    const distance = Math.abs(x - y);
    if (distance === 0) continue;
    worst = Math.max(worst, distance / Math.max(usual, Math.abs(y)));
    worstOfValue = Math.max(worstOfValue, distance / Math.abs(y));
  }
  const rows = pairs.length;
  return { feature, rows, onlyOurs, onlyTheirs, worst, worstOfValue, correlation: correlationOf(pairs) };
}

/** Distances of all features that pandas' table has, by their own names. */
export function distancesOf(
  { columns }: Features,
  table: ReadonlyMap<string, Float64Array>,
): readonly Distance[] {
  const ours = new Map(
    Object.entries(columns).map(([name, values]) => [name.slice(name.indexOf('.') + 1), values]),
  );
  return [...table].map(([name, theirs]) => {
    const own = ours.get(name);
    if (!own) throw new Error(`the set has no feature ${name}`);
    return distanceOf(name, own, theirs);
  });
}
