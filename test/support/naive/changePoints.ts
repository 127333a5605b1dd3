import { type Bounded, divide, exact, missing } from './bounded.ts';
import type { NaiveContext } from './context.ts';
import { derive, once, sd, strict } from './derived.ts';
import type { DomainName } from './domains.ts';
import { logGammaOfHalf, lowerGamma } from './gamma.ts';
import { caution, nudgeOf } from './nudges.ts';
import { at, type Series } from './series.ts';

const day = 86_400_000_000;
const hazard = 1 / 250;
const longest = 500;

/** x / sd(x,240), NULL where the sd is 0. */
export const standardised = (context: NaiveContext, name: string, x: Series): Series =>
  derive(context, `z ${name}`, row => {
    const spread = sd(x, row, 240);
    return strict([at(x, row), spread], () => divide(at(x, row), spread));
  });

export const standardReturn = (context: NaiveContext, domain: DomainName): Series =>
  standardised(context, `r ${domain}`, context[domain].r);

/** The first row of each UTC day at or after it. */
export const isNewDay = ({ time }: NaiveContext, row: number): boolean =>
  row === 0 || Math.floor(time[row]! / day) !== Math.floor(time[row - 1]! / day);

const runLengths = Array.from({ length: longest + 1 }, (_, r) => r);
// of a run of r rows, whatever they are
const kappas = runLengths.map(r => 1 + r);
const alphas = runLengths.map(r => 1 + r / 2);
/** Of the density of Student's t of 2 alpha degrees what does not depend on place and scale. */
const fronts = runLengths.map(
  r => logGammaOfHalf(r + 3) - logGammaOfHalf(r + 2) - Math.log(2 * alphas[r]! * Math.PI) / 2,
);

/** Probabilities of the run lengths 0, 1, ..., and mean and variance of each run: normal and inverse gamma. */
type Lengths = { readonly mass: Float64Array; readonly mu: Float64Array; readonly beta: Float64Array };

const nothingYet: Lengths = {
  mass: Float64Array.of(1),
  mu: Float64Array.of(0),
  beta: Float64Array.of(1),
};

/** Adams and MacKay's update of all run lengths by one number. */
function updated({ mass, mu, beta }: Lengths, x: number): Lengths {
  const count = Math.min(mass.length + 1, longest + 1);
  const next: Lengths = {
    mass: new Float64Array(count),
    mu: new Float64Array(count),
    beta: new Float64Array(count).fill(1, 0, 1),
  };
  let sum = 0;
  for (let r = 0; r < mass.length; r++) {
    const [kappa, alpha] = [kappas[r]!, alphas[r]!];
    const square = (beta[r]! * (kappa + 1)) / (alpha * kappa);
    const away = (x - mu[r]!) ** 2;
    const density = Math.exp(
      fronts[r]! - Math.log(square) / 2 - (alpha + 0.5) * Math.log1p(away / (2 * alpha * square)),
    );
    const joint = mass[r]! * density;
    sum += joint;
    // what is longer than the longest falls behind the arrays
    next.mass[r + 1] = joint * (1 - hazard);
    next.mu[r + 1] = (kappa * mu[r]! + x) / (kappa + 1);
    next.beta[r + 1] = beta[r]! + (kappa * away) / (2 * (kappa + 1));
  }
  next.mass[0] = hazard * sum;
  const whole = next.mass.reduce((a, b) => a + b, 0);
  for (let r = 0; r < count; r++) next.mass[r]! /= whole;
  return next;
}

/** What is read of the run lengths after a row. */
type Reading = Readonly<Record<'length' | 'recent' | 'above' | 'below', Bounded>>;

/** A share of the whole that tails need not have: all of them move nothing that is compared. */
const nothing = 1e-16;

/** From the run lengths, and those of numbers that are moved. */
function readingOf(plain: Lengths, moved: Lengths): Reading {
  const { mass, beta } = plain;
  let [likeliest, second, above, below, reach] = [0, 0, 0, 0, 0];
  for (let r = 0; r < mass.length; r++) {
    const share = mass[r]!;
    if (r > 0 && share > mass[likeliest]!) {
      second = mass[likeliest]!;
      likeliest = r;
    } else if (r > 0) second = Math.max(second, share);
    // how much of the whole moves elsewhere, and how much the tails of what stays do
    reach += Math.abs(moved.mass[r]! - share);
    if (share < nothing) continue;
    reach += share * Math.sqrt(alphas[r]!) * Math.abs(moved.beta[r]! / beta[r]! - 1);
    // the variance is above c where a gamma variable with rate beta is below 1 / c
    above += share * lowerGamma(r + 2, beta[r]! / 1.25);
    below += share * (1 - lowerGamma(r + 2, beta[r]! / 0.8));
  }
  const lead = mass[likeliest]! - second;
  const slack = caution * reach + 1e-12;
  const recent = mass.slice(0, 6).reduce((a, b) => a + b, 0);
  return {
    length: lead > 2 * slack ? exact(likeliest) : { value: likeliest, slack: longest },
    recent: { value: recent, slack },
    above: { value: above, slack },
    below: { value: below, slack },
  };
}

type Vague = { readonly value: number; readonly slack: number; readonly maybeNull: true };
export const vague = (value: number): Vague => ({ value, slack: Number.POSITIVE_INFINITY, maybeNull: true });

/** Whether, earlier in the day or in the row, it is open if there is a number. */
export const vagueRows = (context: NaiveContext, z: Series): readonly boolean[] => {
  let isVague = false;
  return Array.from(z.value, (_, row) => {
    if (isNewDay(context, row)) isVague = false;
    isVague ||= z.maybeNull?.[row] === 1 || z.slack[row]! > 0.01;
    return isVague;
  });
};

/** The posterior of the run length, begun anew every day. */
export const changePoints = (context: NaiveContext, domain: DomainName): readonly Reading[] =>
  once(context, `bocpd ${domain}`, () => {
    const z = standardReturn(context, domain);
    const isVague = vagueRows(context, z);
    const nudge = nudgeOf(1);
    let [plain, moved] = [nothingYet, nothingYet];
    return Array.from(z.value, (x, row): Reading => {
      if (isNewDay(context, row)) [plain, moved] = [nothingYet, nothingYet];
      if (Number.isNaN(x)) return allAre(isVague[row] ? vague(x) : missing);
      plain = updated(plain, x);
      moved = updated(moved, nudge(x, z.slack[row]!));
      return isVague[row] ? allAre(vague(0)) : readingOf(plain, moved);
    });
  });

const allAre = (cell: Bounded): Reading => ({ length: cell, recent: cell, above: cell, below: cell });
