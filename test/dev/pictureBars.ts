import { type Market, market } from '../../host/bench/market.ts';
import type { FeatureSet } from '../../host/catalog/set.ts';
import type { Plan } from '../../host/engine/plan.ts';

// What the pictures of the catalogue are drawn of: a week of minute bars, or so many of longer ones.

/** Minutes that a market is open in a week: some have no bar, so these are not all of them. */
const week = 7000;

const shownBars = (minutes: number): number => (minutes === 1 ? week : minutes < 1440 ? 480 : 250);

/** The bars that the features of a plan are drawn of. */
export const pictureBars = (set: FeatureSet, plan: Plan): Market =>
  market(set, [plan], shownBars(set.bars.intervalMinutes));

/** What is shown of a set, in words. */
export const pictureOf = ({ bars: { intervalMinutes } }: FeatureSet): string => {
  if (intervalMinutes === 1) return 'a week of EUR/USD in a made-up market';
  return `${shownBars(intervalMinutes)} bars of a made-up stock`;
};
