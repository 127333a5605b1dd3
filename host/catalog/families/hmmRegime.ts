import type { Domain } from '../domains.ts';
import { type Expr, named } from '../expr.ts';
import { type Family, feature, type Model } from '../family.ts';
import { monthly } from '../fitted.ts';
import { hmmStates } from '../operators/hiddenMarkov.ts';
import {
  abs,
  add,
  bocpd,
  cusum,
  diff,
  div,
  hiddenMarkov,
  log,
  mean,
  minOf,
  mul,
  quadraticA2,
  rowsSince,
  select,
  std,
  sub,
} from '../vocabulary.ts';

/** Rows of an observation of the hidden Markov model. */
const window = 20;
/** Rows that returns are scaled over before changes are looked for, and that a day has at most. */
const scaleWindow = 240;
const dayRows = 1440;
/** The longest time that is told: a week. */
const longest = 10_080;
const ln3 = 1.0986122886681098;

const drift = 0.5;
const limit = 5;
const detection = { hazard: 1 / 250, longest: 500, maxRows: dayRows };
const prior = { mu: 0, kappa: 1, alpha: 1, beta: 1 };

const scaled = (a: Expr): Expr => div(a, std(a, scaleWindow));
/** Second difference. */
const turn = (level: Expr): Expr => diff(diff(level, 1), 1);

/** Volatility, and how far the mean lies from 0 in its own standard errors. */
function markovOf({ returns }: Domain) {
  const volatility = std(returns, window);
  const pull = div(abs(mean(returns, window)), div(volatility, Math.sqrt(window)));
  return hiddenMarkov(
    named('log_volatility', log(volatility)),
    named('pull', pull),
    monthly.rows,
    monthly.atLeast,
  );
}

/** Of the three probabilities; a state that cannot be counts for nothing. */
function entropy(probabilities: readonly Expr[]): Expr {
  const [calm, trend, shock] = probabilities.map(p => select(p, mul(p, log(p)), 0)) as [Expr, Expr, Expr];
  return minOf(1, div(sub(0, add(add(calm, trend), shock)), ln3));
}

const coordinates = [
  [1, 'log_volatility', 'the logarithm of volatility'],
  [2, 'pull', 'the distance of the mean from 0'],
] as const;

function modelOf({ name, noun }: Domain, markov: ReturnType<typeof markovOf>): Model {
  const output = (what: string, expr: Expr, description: string) => ({ name: what, expr, description });
  const each = <T>(of: (state: (typeof hmmStates)[number]) => T): T[] => hmmStates.map(of);
  return {
    name: `hmm_${name}`,
    title: `Hidden Markov model of volatility and direction of the ${noun} over ${window} rows, three Gaussian states, on the previous calendar month`,
    anchor: 'month',
    outputs: [
      output('converged', markov.fit('converged'), 'Whether the fit converged.'),
      output('observations', markov.fit('observations'), 'Observations of the previous month.'),
      output('log_likelihood', markov.fit('log_likelihood'), 'Logarithm of the likelihood.'),
      output('iterations', markov.fit('iterations'), 'Steps of expectation and maximisation.'),
      ...each(state =>
        output(`start_${state}`, markov.start(state), `Probability of ${state} in the first row fitted.`),
      ),
      ...each(from =>
        each(to =>
          output(
            `transition_${from}_${to}`,
            markov.transition(from, to),
            `Probability of ${to} behind a row of ${from}.`,
          ),
        ),
      ).flat(),
      ...each(state =>
        coordinates.flatMap(([coordinate, short, long]) => [
          output(`mean_${short}_${state}`, markov.mean(state, coordinate), `Mean of ${long} in ${state}.`),
          output(
            `variance_${short}_${state}`,
            markov.variance(state, coordinate),
            `Variance of ${long} in ${state}.`,
          ),
        ]),
      ).flat(),
    ],
  };
}

/** Regimes by a hidden Markov model of the month before, and changes since the day began. */
export const hmmRegime = (domain: Domain): Family => {
  const { name, level, returns, noun } = domain;
  const markov = markovOf(domain);
  const probabilities = hmmStates.map(state => markov.probability(state));
  const z = named('z', scaled(returns));
  const runs = bocpd(z, detection, prior);
  const sums = cusum(z, drift, limit, dayRows);
  const summed = (a: Expr): Expr => cusum(scaled(a), drift, limit, dayRows).value;
  const model = `of the ${noun} by the model of the month before`;
  const returnsOf = `returns of the ${noun} in sd of ${scaleWindow} rows`;
  const since = 'since the UTC day began';
  return {
    name: `hmm_regime_${name}`,
    title: `Hidden Markov model, change points and CUSUM, ${name} domain`,
    models: [modelOf(domain, markov)],
    features: [
      ...hmmStates.map((state, i) =>
        feature(
          `hmm_state_prob_${state}`,
          probabilities[i]!,
          '0..1',
          `Filtered probability of the state ${state} ${model}.`,
          'Baum et al. 1970',
          'Hamilton 1989',
        ),
      ),
      feature(
        'hmm_state_duration',
        markov.duration(longest),
        'bars',
        `Rows for which the most likely state ${model} has been the same since the month began, at most ${longest}.`,
        'Baum et al. 1970',
        'Hamilton 1989',
      ),
      feature(
        'hmm_state_transition_prob',
        markov.leaving,
        '0..1',
        `Probability that the next row has another state ${model}.`,
        'Baum et al. 1970',
        'Hamilton 1989',
      ),
      feature(
        'bocpd_run_length',
        runs.length,
        'bars',
        `Most probable number of rows since the ${returnsOf} last changed, ${since}.`,
        'Adams and MacKay 2007',
      ),
      feature(
        'bocpd_hazard_rate',
        runs.mass(5),
        '0..1',
        `Probability that the ${returnsOf} have changed within 5 rows, ${since}.`,
        'Adams and MacKay 2007',
      ),
      feature(
        'bocpd_growth_prob',
        runs.above(1.25),
        '0..1',
        `Probability that the variance of ${returnsOf} is above 1.25, ${since}.`,
        'Adams and MacKay 2007',
      ),
      feature(
        'bocpd_decay_prob',
        runs.below(0.8),
        '0..1',
        `Probability that the variance of ${returnsOf} is below 0.8, ${since}.`,
        'Adams and MacKay 2007',
      ),
      feature(
        name === 'rate' ? 'cusum_returns' : 'cusum_momentum',
        sums.value,
        'sd units',
        `Sum of the ${returnsOf} above ${drift} less that below -${drift}, from 0 on, ${since} or an alarm.`,
        'Page 1954',
      ),
      name === 'rate'
        ? feature(
            'cusum_a2',
            summed(diff(quadraticA2(level, 60), 1)),
            'sd units',
            `The same of changes of the parabola's quadratic coefficient over 60 rows.`,
            'Page 1954',
          )
        : feature(
            'cusum_velocity',
            summed(turn(level)),
            'sd units',
            `The same of second differences of the ${noun}.`,
            'Page 1954',
          ),
      feature(
        'cusum_alarm_flag',
        sums.alarm,
        'flag',
        `1 where one of the sums of ${returnsOf} is above ${limit}, behind which both begin anew.`,
        'Page 1954',
      ),
      feature(
        'cusum_reset_periods',
        rowsSince(sums.alarm, longest),
        'bars',
        `Rows since the last such alarm, ${longest} where there is none in as many rows.`,
        'Page 1954',
      ),
      feature(
        'regime_entropy',
        entropy(probabilities),
        '0..1',
        `Entropy of the three probabilities ${model} over that of equal ones.`,
        'Baum et al. 1970',
        'Hamilton 1989',
        'Shannon 1948',
      ),
      feature(
        'regime_persistence',
        markov.persistence,
        '0..1',
        `Probability that the most likely state ${model} stays.`,
        'Baum et al. 1970',
        'Hamilton 1989',
      ),
    ],
  };
};
