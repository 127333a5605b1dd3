import { type Bounded, isNull } from './bounded.ts';
import { changePoints, standardised, standardReturn } from './changePoints.ts';
import type { Naive, NaiveContext } from './context.ts';
import { type Cusum, cusum } from './cusum.ts';
import { byRow, type DomainName } from './domains.ts';
import { fitOf } from './fit.ts';
import { statesOf } from './hmmStates.ts';
import { difference } from './series.ts';

/** 0 ln 0 is 0. */
const entropy = (p: readonly number[]): number =>
  -p.reduce((sum, share) => sum + (share === 0 ? 0 : share * Math.log(share)), 0) / Math.log(3);

/** The standardised return, and the statistic of the domain: the change of a2 of the index, the second difference of momentum. */
const cusums = (domain: DomainName): Record<string, (context: NaiveContext) => Cusum> => ({
  returns: context => cusum(context, `r ${domain}`, standardReturn(context, domain)),
  more: context => {
    const of = domain === 'rate' ? fitOf(context, 'rate', 60).a2 : context.bqx.d;
    return cusum(context, `more ${domain}`, standardised(context, `more ${domain}`, difference(of)));
  },
});

/** hmm_regime_rate (15) and hmm_regime_bqx (15). */
export const hmmRegime = (domain: DomainName): Record<string, Naive> => {
  const { returns, more } = cusums(domain) as {
    returns: (c: NaiveContext) => Cusum;
    more: (c: NaiveContext) => Cusum;
  };
  const [first, second] = domain === 'rate' ? ['returns', 'a2'] : ['momentum', 'velocity'];
  const probability = (k: number) => (context: NaiveContext, row: number) =>
    statesOf(context, domain)[row]!.read(({ p }) => p[k]!);
  const cells: Record<string, (context: NaiveContext, row: number) => Bounded> = {
    hmm_state_prob_calm: probability(0),
    hmm_state_prob_trend: probability(1),
    hmm_state_prob_shock: probability(2),
    hmm_state_duration: (context, row) => statesOf(context, domain)[row]!.duration,
    hmm_state_transition_prob: (context, row) =>
      statesOf(context, domain)[row]!.read(({ p, stay }) =>
        p.reduce((sum, x, k) => sum + x * (1 - stay[k]!), 0),
      ),
    bocpd_run_length: (context, row) => changePoints(context, domain)[row]!.length,
    bocpd_hazard_rate: (context, row) => changePoints(context, domain)[row]!.recent,
    bocpd_growth_prob: (context, row) => changePoints(context, domain)[row]!.above,
    bocpd_decay_prob: (context, row) => changePoints(context, domain)[row]!.below,
    [`cusum_${first}`]: (context, row) => returns(context).difference(row),
    [`cusum_${second}`]: (context, row) => more(context).difference(row),
    cusum_alarm_flag: (context, row) => returns(context).alarm(row),
    cusum_reset_periods: (context, row) => returns(context).since(row),
    regime_entropy: (context, row) => statesOf(context, domain)[row]!.read(({ p }) => entropy(p)),
    regime_persistence: (context, row) => {
      const at = statesOf(context, domain)[row]!;
      const stay = at.read(one => one.stay[one.state]!);
      return isNull(stay) || at.isOpen || at.state.slack === 0 ? stay : { ...stay, slack: 1 };
    },
  };
  return Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, byRow(cell)]));
};
