import { criticalValues } from '../../host/catalog/criticalValues.ts';
import { blockSums } from './blockSums.ts';
import { type Fit, johansen } from './cointegration.ts';
import { windowOf } from './kernelShapes.ts';
import type { Twin } from './twinForms.ts';

// Over rows an hour apart, each of which begins an hour of its own: its fit ends with the row before it.

type Params = readonly (number | string)[];
/** With how far levels are from 0 in their own sd. */
type Kept = { readonly fit: Fit | undefined; readonly far: number };
type Found = { readonly value: number; readonly error: number };

const none: Found = { value: NaN, error: 0 };
const kept = new WeakMap<Float64Array, Map<string, Kept>>();

/** NULL, no fit, or what is read off it, and how far another way of reckoning may be from it. */
const of = (
  read: (fit: Fit, params: Params, series: readonly Float64Array[], t: number) => Found,
  without: (isFit: boolean, rows: number) => number = () => NaN,
): Pick<Twin, 'value' | 'magnitude' | 'tolerance'> => {
  const found = (series: readonly Float64Array[], params: Params, t: number): Found => {
    const rows = Number(params[0]);
    const windows = series.map(y => windowOf(y, t - 1, rows));
    if (windows.flat().some(x => !Number.isFinite(x))) return none;
    const fits = kept.get(series[0]!) ?? new Map<string, Kept>();
    kept.set(series[0]!, fits);
    const key = `${series.length} ${rows} ${t}`;
    if (!fits.has(key)) fits.set(key, { fit: johansen(windows), far: Math.max(...windows.map(farOf)) });
    const { fit, far } = fits.get(key)!;
    const told = without(fit !== undefined, rows);
    if (!Number.isNaN(told)) return { value: told, error: 0 };
    if (!fit) return none;
    const { value, error } = read(fit, params, series, t);
    return { value, error: error * far };
  };
  return {
    tolerance: 1,
    value: (series, params, t) => found(series, params, t).value,
    magnitude: (series, params, t) => found(series, params, t).error,
  };
};

const farOf = (x: readonly number[]): number => {
  const levels = x.slice(1, -1);
  return 1 + Math.max(...x.map(Math.abs)) / Math.sqrt(blockSums(levels).m2 / levels.length);
};

const errorOf = ({ least, values }: Fit): number => 1e-14 / least / (1 - values[0]!);
const logsOf = ({ values }: Fit, rows: number): number[] =>
  values.map(value => -(rows - 2) * Math.log(1 - value));
const sum = (terms: readonly number[]): number => terms.reduce((a, b) => a + b, 0);

const relations = [
  [24, 60, 1],
  [24, 60, 2],
];

export const cointegrationTwins: Readonly<Record<string, Twin>> = {
  johansen_combination: {
    params: relations,
    ...of((fit, [, , relation], series, t) => {
      const weights = fit.relations[Number(relation) - 1]!;
      const size = Math.max(...series.map((y, s) => Math.abs(y[t]!) + Math.abs(fit.means[s]!)));
      return {
        value: sum(series.map((y, s) => weights[s]! * (y[t]! - fit.means[s]!))),
        error: (errorOf(fit) / fit.gap) * size,
      };
    }),
  },
  johansen_weight: {
    params: [
      [24, 60, 1, 1],
      [24, 60, 2, 2],
      [24, 60, 1, 2],
    ],
    ...of((fit, [, , relation, series]) => ({
      value: fit.relations[Number(relation) - 1]![Number(series) - 1]!,
      error: errorOf(fit) / fit.gap,
    })),
  },
  johansen_eigenvalue: {
    params: relations,
    ...of((fit, [, , relation]) => ({ value: fit.values[Number(relation) - 1]!, error: errorOf(fit) })),
  },
  johansen_trace: {
    params: relations,
    ...of((fit, [rows, , relation]) => ({
      value: sum(logsOf(fit, Number(rows)).slice(Number(relation) - 1)),
      error: errorOf(fit) * Number(rows) * 4,
    })),
  },
  johansen_maximum: {
    params: relations,
    ...of((fit, [rows, , relation]) => ({
      value: logsOf(fit, Number(rows))[Number(relation) - 1]!,
      error: errorOf(fit) * Number(rows),
    })),
  },
  johansen_rank: {
    params: [
      [24, 60, 'trace', '95'],
      [24, 60, 'maximum', '90'],
    ],
    ...of((fit, [rows, , statistic, level]) => {
      const logs = logsOf(fit, Number(rows));
      const name = statistic as keyof typeof criticalValues;
      const isAbove = logs.map((log, r) => {
        const value = name === 'trace' ? sum(logs.slice(r)) : log;
        return value > criticalValues[name][logs.length - r - 1]![['90', '95', '99'].indexOf(String(level))]!;
      });
      const first = isAbove.indexOf(false);
      return { value: first < 0 ? logs.length : first, error: 0 };
    }),
  },
  johansen_rows: {
    params: [[24, 60]],
    ...of(
      () => none,
      (_, rows) => rows - 2,
    ),
  },
  johansen_fitted: {
    params: [[24, 60]],
    ...of(
      () => none,
      isFit => Number(isFit),
    ),
  },
};
