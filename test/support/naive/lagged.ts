import {
  absolute,
  type Bounded,
  divide,
  divideOrNull,
  exact,
  missing,
  multiply,
  scale,
  subtract,
} from './bounded.ts';
import { momentum, type Naive, type NaiveContext } from './context.ts';
import { derive, listed, logRatio, once, psd, same, sd, signOf, strict, total } from './derived.ts';
import { byRow, type DomainName } from './domains.ts';
import { type Fit, fitOf, perRow } from './fit.ts';
import { bestLag, cointegration, granger, information, shock } from './laggedPairs.ts';
import { ending, partialSlope, pearson } from './pairs.ts';
import { at, type Series } from './series.ts';

const five = [15, 30, 45, 60, 75];
const six = [...five, 90];

type Inputs = {
  readonly x: Series;
  /** ln(X / X[t-W]), or the momentum of W rows. */
  readonly m: (window: number) => Series;
  /** sd of r over W rows. */
  readonly s: (window: number) => Series;
  readonly fit: (window: number) => Fit;
};

type Cell = (inputs: Inputs, row: number) => Bounded;

const inputsOf = (context: NaiveContext, domain: DomainName): Inputs => {
  const { x, r } = context[domain];
  const level = context.rate.x;
  return {
    x,
    m: window =>
      derive(
        context,
        `m ${domain} ${window}`,
        row => (domain === 'rate' ? logRatio(at(x, row), at(x, row - window)) : momentum(level, row, window)),
        { of: [level], window: window + 1 },
      ),
    s: window => derive(context, `s ${domain} ${window}`, row => sd(r, row, window), { of: [r], window }),
    fit: window => fitOf(context, domain, window),
  };
};

/** |Pearson| of m_15 some rows ago with m_15. */
const dependence = ({ m }: Inputs, row: number, lag: number): Bounded =>
  absolute(pearson(m(15), row, m(15), row - lag, 240));

/** Share of the signs that the most frequent of them has. */
const majority: Cell = ({ m }, row) => {
  const signs = five.map(window => signOf(at(m(window), row)));
  return strict(signs, () => {
    const counts = [-1, 0, 1].map(sign => signs.filter(({ value }) => value === sign).length);
    const open = signs.filter(({ slack }) => slack > 0).length;
    return divide({ value: Math.max(...counts), slack: open }, exact(five.length));
  });
};

/** The window with the largest |m_W| / (s_W sqrt W), the smallest of equals. */
const dominance: Cell = ({ m, s }, row) => {
  const scores = five.map(window =>
    divideOrNull(absolute(at(m(window), row)), scale(at(s(window), row), Math.sqrt(window))),
  );
  return strict(scores, () => {
    let best = 0;
    scores.forEach((score, i) => {
      if (score.value > scores[best]!.value) best = i;
    });
    const top = scores[best]!;
    const rivals = scores.filter(
      (score, i) =>
        i !== best && top.value - score.value <= top.slack + score.slack && top.slack + score.slack > 0,
    );
    return { value: five[best]!, slack: rivals.length > 0 ? 60 : 0 };
  });
};

const negatedSum = (parts: readonly Bounded[], count: number): Bounded =>
  subtract(exact(1), divide(total(parts), exact(count)));

const cells: Record<string, Cell> = {
  w15_w60_momentum_persistence: ({ m }, row) => pearson(m(15), row - 60, m(60), row, 240),
  w30_w75_momentum_transfer: ({ m }, row) => pearson(m(30), row - 75, m(75), row, 240),
  w45_w90_momentum_acceleration: ({ m }, row) =>
    subtract(divide(at(m(45), row), exact(45)), divide(at(m(90), row), exact(90))),
  w15_w60_momentum_divergence: ({ m }, row) => {
    const [short, long] = [at(m(15), row), at(m(60), row)];
    return multiply(signOf(long), subtract(divide(long, exact(60)), divide(short, exact(15))));
  },
  momentum_clustering: majority,
  w15_w60_vol_transmission: ({ s }, row) => pearson(s(15), row - 15, s(60), row, 240),
  w15_w60_vol_spillover: ({ s }, row) =>
    partialSlope(ending(s(60), row), ending(s(15), row - 15), ending(s(60), row - 15), 240),
  vol_ratio_cascade: ({ s }, row) => divideOrNull(at(s(15), row), at(s(75), row)),
  l15_vol_term_structure_change: ({ s }, row) => {
    const ratio = (i: number) => divideOrNull(at(s(60), i), at(s(15), i));
    return subtract(ratio(row), ratio(row - 15));
  },
  l15_r2_stability: ({ fit: fitted }, row) => {
    const moves = six.map(window => {
      const { r2 } = fitted(window);
      return absolute(subtract(at(r2, row), at(r2, row - 15)));
    });
    return negatedSum(moves, six.length);
  },
  l15_prediction_error_propagation: ({ fit: fitted }, row) =>
    pearson(fitted(15).rmse, row - 15, fitted(60).rmse, row, 240),
  curvature_consistency: ({ fit: fitted }, row) => {
    const signs = six.map(window => signOf(at(fitted(window).a2, row)));
    return absolute(divide(total(signs), exact(six.length)));
  },
  l15_slope_evolution: ({ fit: fitted }, row) =>
    subtract(perRow.a1(fitted(60), row, 60), perRow.a1(fitted(15), row - 15, 15)),
  w240_cross_window_cointegration: ({ m }, row) => cointegration(m(60), m(15), row),
  w240_temporal_dependency: (inputs, row) => {
    const parts = [1, 2, 3, 4, 5].map(step => dependence(inputs, row, 15 * step));
    return divide(total(parts), exact(5));
  },
  w240_lag_structure_optimal: ({ m }, row) => bestLag(m(15), m(60), row),
  w240_granger_w15_w60: ({ m }, row) => granger(m(60), m(15), row),
  w240_information_flow: ({ m }, row) => information(m(60), m(15), row),
  w240_predictive_power_decay: (inputs, row) =>
    subtract(dependence(inputs, row, 15), dependence(inputs, row, 60)),
  w240_cross_window_synchrony: ({ m }, row) => pearson(m(15), row, m(60), row, 240),
  temporal_regime_consistency: ({ m }, row) => {
    const agreed = Array.from({ length: 60 }, (_, k) =>
      same(signOf(at(m(15), row - k)), signOf(at(m(60), row - k))),
    );
    return divide(total(agreed), exact(60));
  },
  window_dominance: dominance,
  adaptive_window_weight: ({ fit: fitted }, row) => {
    const fits = five.map(window => at(fitted(window).r2, row));
    return divideOrNull(total(fits.map((r2, i) => scale(r2, five[i]!))), total(fits));
  },
  w240_shock_transmission: ({ m }, row) => shock(m(15), m(60), row),
  multi_horizon_forecast_consistency: ({ fit: fitted, x }, row) => {
    const signs = five.map(window => signOf(subtract(at(fitted(window).prediction, row), at(x, row))));
    return strict(signs, () => {
      const open = signs.some(({ slack }) => slack > 0);
      const spread = psd(listed(signs.map(({ value }) => exact(value))), 4, 5);
      const kept = subtract(exact(1), spread);
      return open ? { ...kept, slack: 1 } : kept;
    });
  },
};

/** What looks back over 240 rows and more is held against every thirteenth row only: of the others anything is right. */
const isSampled = (name: string, row: number): boolean =>
  row % 13 === 0 || !/^w240|persistence|transfer|transmission|spillover|propagation/.test(name);

const unsampled: Bounded = { ...missing, maybeNull: true };

/** lagged_cross_window_rate (25) and lagged_cross_window_bqx (25). */
export const lagged = (domain: DomainName): Record<string, Naive> =>
  Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [
      name,
      byRow((context, row) => {
        const inputs = once(context, `lagged ${domain}`, () => inputsOf(context, domain));
        return isSampled(name, row) ? cell(inputs, row) : unsampled;
      }),
    ]),
  );
