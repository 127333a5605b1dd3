import { absolute, add, type Bounded, divide, exact, scale, subtract, tooClose, unit } from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { derive, divideOr, greater, mean, quantiles, same, sd, strict, sum, total } from './derived.ts';
import { byRow, type DomainName } from './domains.ts';
import { meanOf, ofKnown } from './known.ts';
import { beside, panelOf } from './others.ts';
import { at, type Series, sizeOf } from './series.ts';
import { runBefore, tercileOf, transition } from './volRegime.ts';

type Cell = (context: NaiveContext, row: number) => Bounded;
type Of = (context: NaiveContext) => Series;

/** Fewer known members of the panel than these say nothing. */
const least = 5;

/** The mean return of 60 rows in its standard errors, 0 where none moved. */
const scoreOf = (context: NaiveContext, domain: DomainName): Series => {
  const { r } = context[domain];
  return derive(
    context,
    `z60 ${domain}`,
    row => divideOr(mean(r, row, 60), scale(sd(r, row, 60), 1 / Math.sqrt(60)), 0),
    { of: [r], window: 60 },
  );
};

const directionOf = (context: NaiveContext, domain: DomainName): Series => {
  const score = scoreOf(context, domain);
  return derive(context, `direction ${domain}`, row => {
    const z = at(score, row);
    return strict([z], () => {
      const isOpen = [1, -1].some(edge => tooClose(z.value - edge, z, exact(edge)));
      return { value: z.value > 1 ? 1 : z.value < -1 ? -1 : 0, slack: isOpen ? 2 : 0 };
    });
  });
};

const deviation = (context: NaiveContext, domain: DomainName, count: number): Series => {
  const { r } = context[domain];
  return derive(context, `sd ${count} ${domain}`, row => sd(r, row, count), { of: [r], window: count });
};

const volatilityOf = (context: NaiveContext, domain: DomainName): Series => {
  const s = deviation(context, domain, 60);
  return derive(context, `volatility ${domain}`, row => tercileOf(s, row, 1440));
};

/** 1 where X went further than 0.3 of its way. */
const trendingOf = (context: NaiveContext, domain: DomainName): Series => {
  const { x, d } = context[domain];
  const lengths = derive(context, `|d| ${domain}`, row => at(sizeOf(d), row), { of: [d], window: 1 });
  return derive(context, `trending ${domain}`, row => {
    const gone = absolute(subtract(at(x, row), at(x, row - 60)));
    return greater(divideOr(gone, sum(lengths, row, 60), 0, 1), exact(0.3));
  });
};

/** Direction and trending in one number, as far off as rounding may put either. */
const stateOf = (context: NaiveContext, domain: DomainName): Series => {
  const [direction, trending] = [directionOf(context, domain), trendingOf(context, domain)];
  return derive(context, `state ${domain}`, row =>
    strict([at(direction, row), at(trending, row)], () => ({
      value: 2 * direction.value[row]! + trending.value[row]!,
      slack: 2 * direction.slack[row]! + trending.slack[row]!,
    })),
  );
};

/** A count of which some are open may be any share, each with a rounding of its own. */
const shareOf = (count: Bounded, of: number): Bounded => {
  const share = divide(count, exact(of));
  return { ...share, slack: share.slack + 2 * unit };
};

const stability =
  (domain: DomainName): Cell =>
  (context, row) => {
    const state = stateOf(context, domain);
    const alike = Array.from({ length: 60 }, (_, k) => same(at(state, row - k), at(state, row)));
    // The newest row is in its own state, whichever that is.
    const others = alike.slice(1);
    const count = strict([at(state, row)], () => add(exact(1), total(others)));
    return shareOf(count, 60);
  };

const crisis =
  (domain: DomainName): Cell =>
  (context, row) => {
    const s = deviation(context, domain, 15);
    return greater(at(s, row), scale(quantiles(s, row, 1440, [0.5])[0]!, 3));
  };

/** Share of the known members of the panel of which something is true. */
const share = (context: NaiveContext, name: string, of: Of, row: number, isTrue: (one: Bounded) => Bounded) =>
  ofKnown(
    panelOf(context).map(symbol => at(beside(context, symbol, name, of), row)),
    least,
    numbers => shareOf(total(numbers.map(isTrue)), numbers.length),
  );

const agreement =
  (domain: DomainName): Cell =>
  (context, row) => {
    const own = at(directionOf(context, domain), row);
    const of: Of = other => directionOf(other, domain);
    return strict([own], () => share(context, `direction ${domain}`, of, row, one => same(one, own)));
  };

const systemic =
  (domain: DomainName): Cell =>
  (context, row) => {
    const of: Of = other => volatilityOf(other, domain);
    return share(context, `volatility ${domain}`, of, row, one => same(one, exact(2)));
  };

const riskOn =
  (domain: DomainName): Cell =>
  (context, row) => {
    const scores = (symbols: readonly string[]): Bounded => {
      const all = symbols.map(symbol =>
        at(
          beside(context, symbol, `z60 ${domain}`, other => scoreOf(other, domain)),
          row,
        ),
      );
      return strict(all, () => meanOf(all));
    };
    return subtract(scores(['audjpy', 'nzdjpy', 'cadjpy']), scores(['usdjpy', 'usdchf']));
  };

const cellsOf = (domain: DomainName): Record<string, Cell> => ({
  regime_direction: (context, row) => at(directionOf(context, domain), row),
  regime_volatility: (context, row) => at(volatilityOf(context, domain), row),
  regime_trending: (context, row) => at(trendingOf(context, domain), row),
  regime_crisis: crisis(domain),
  regime_change_prob: (context, row) => transition(stateOf(context, domain), row),
  time_in_regime: (context, row) => runBefore(stateOf(context, domain), row),
  regime_stability: stability(domain),
  cross_pair_regime_agreement: agreement(domain),
  systemic_vol_share: systemic(domain),
  risk_on_score: riskOn(domain),
});

/** market_regime_rate (10) and market_regime_bqx (10). */
export const marketRegime = (domain: DomainName): Record<string, Naive> =>
  Object.fromEntries(Object.entries(cellsOf(domain)).map(([name, cell]) => [name, byRow(cell)]));
