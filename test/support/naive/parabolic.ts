import {
  type Bounded,
  divide,
  divideOrNeutral,
  divideOrNull,
  exact,
  scale,
  subtract,
  unit,
} from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { derive, greater, listed, mean, same, sd, signOf, slope, strict, total } from './derived.ts';
import { byRow, type DomainName } from './domains.ts';
import { fitOf, perRow } from './fit.ts';
import { pearson } from './pairs.ts';
import { regressions } from './reg.ts';
import { at, type Series } from './series.ts';

type Cell = (context: NaiveContext, row: number) => Bounded;

const windows = regressions.map(([, window]) => window);

const of = (domain: DomainName) => {
  const fitted = (context: NaiveContext, window: number) => fitOf(context, domain, window);
  const a2 =
    (window: number): Cell =>
    (context, row) =>
      perRow.a2(fitted(context, window), row, window);
  const a1 =
    (window: number): Cell =>
    (context, row) =>
      perRow.a1(fitted(context, window), row, window);
  const b =
    (window: number): Cell =>
    (context, row) =>
      at(fitted(context, window).b, row);
  const r2 =
    (window: number): Cell =>
    (context, row) =>
      at(fitted(context, window).r2, row);
  const rmse =
    (window: number): Cell =>
    (context, row) =>
      at(fitted(context, window).rmse, row);
  return { a2, a1, b, r2, rmse };
};

const ratio =
  (above: Cell, below: Cell): Cell =>
  (context, row) =>
    divideOrNull(above(context, row), below(context, row));

const minus =
  (left: Cell, right: Cell): Cell =>
  (context, row) =>
    subtract(left(context, row), right(context, row));

const back =
  (cell: Cell, rows: number): Cell =>
  (context, row) =>
    cell(context, row - rows);

const per =
  (cell: Cell, rows: number): Cell =>
  (context, row) =>
    divide(cell(context, row), exact(rows));

/** Sample sd of the six windows. */
const spread =
  (of: (window: number) => Cell): Cell =>
  (context, row) =>
    sd(listed(windows.map(window => of(window)(context, row))), windows.length - 1, windows.length);

const weighted =
  (of: (window: number) => Cell): Cell =>
  (context, row) => {
    const weights = windows.reduce((sum, window) => sum + 1 / window, 0);
    const parts = windows.map(window => scale(of(window)(context, row), 1 / window));
    const mean = divide(total(parts), exact(weights));
    return { ...mean, slack: mean.slack + 8 * unit * Math.abs(mean.value) };
  };

const columns = (domain: DomainName): Record<string, Cell> => {
  const { a2, a1, b, r2, rmse } = of(domain);
  const ratios = (of: (window: number) => Cell, name: string) =>
    Object.fromEntries(
      [
        [15, 60],
        [30, 75],
        [45, 90],
      ].map(([short, long]) => [`w${short}_w${long}_${name}_ratio`, ratio(of(short!), of(long!))]),
    );
  return {
    ...ratios(a2, 'a2'),
    a2_consistency: spread(a2),
    a2_trend_slope: (context, row) => {
      const four = [15, 30, 45, 60].map(window => a2(window)(context, row));
      return slope(listed(four), 3, 4);
    },
    a2_regime_shift: (context, row) => {
      const [now, before] = [row, row - 15].map(i => signOf(a2(60)(context, i))) as [Bounded, Bounded];
      const kept = same(now, before);
      return strict([kept], () => ({ ...kept, value: 1 - kept.value }));
    },
    ...ratios(a1, 'a1'),
    a1_consistency: spread(a1),
    a1_acceleration: per(minus(a1(60), back(a1(60), 15)), 15),
    a1_momentum: weighted(a1),
    w15_w45_b_gap: minus(b(15), b(45)),
    w30_w60_b_gap: minus(b(30), b(60)),
    b_drift_rate: per(minus(b(60), back(b(60), 60)), 60),
    b_reversion_tendency: (context, row) => {
      const { x, d } = context[domain];
      const away = derive(context, `X - b_60 ${domain}`, i => subtract(at(x, i), b(60)(context, i)), {
        of: [x],
        window: 60,
      });
      return scale(pearson(away, row - 1, d, row, 60), -1);
    },
    w30_w90_r2_spread: minus(r2(30), r2(90)),
    r2_consistency: spread(r2),
    w15_w60_rmse_ratio: ratio(rmse(15), rmse(60)),
    quality_degradation_flag: (context, row) =>
      greater(subtract(r2(60)(context, row - 15), exact(0.1)), r2(60)(context, row)),
  };
};

/** (x - mean) / sd over the window, 0 where sd is 0. */
const score = (x: Series, row: number, window: number): Bounded => {
  const distance = subtract(at(x, row), mean(x, row, window));
  const width = sd(x, row, window);
  return strict([distance, width], () =>
    divideOrNeutral(distance, width, 0, (window - 1) / Math.sqrt(window)),
  );
};

const between: Record<string, Cell> = (() => {
  const [rate, bqx] = [of('rate'), of('bqx')];
  const series = (context: NaiveContext, domain: DomainName, name: 'a2' | 'a1' | 'b'): Series =>
    derive(context, `${name}_60 ${domain}`, row => of(domain)[name](60)(context, row), {
      of: [context[domain].x],
      window: 60,
    });
  const together =
    (name: 'a2' | 'a1'): Cell =>
    (context, row) =>
      pearson(series(context, 'rate', name), row, series(context, 'bqx', name), row, 60);
  return {
    w60_a2_idx_vs_bqx_corr: together('a2'),
    w60_a1_idx_vs_bqx_corr: together('a1'),
    w60_b_idx_vs_bqx_gap: (context, row) =>
      subtract(score(series(context, 'rate', 'b'), row, 240), score(series(context, 'bqx', 'b'), row, 240)),
    w60_quality_idx_vs_bqx_ratio: ratio(rate.r2(60), bqx.r2(60)),
  };
})();

/** parabolic_comparison_rate (24) and parabolic_comparison_bqx (20). */
export const parabolic = (domain: DomainName): Record<string, Naive> => {
  const cells = { ...columns(domain), ...(domain === 'rate' ? between : {}) };
  return Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, byRow(cell)]));
};
