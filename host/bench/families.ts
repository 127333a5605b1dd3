import { featuresOf } from '../catalog/catalog.ts';
import type { Family } from '../catalog/family.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { planFeatures } from '../engine/engine.ts';
import { market } from './market.ts';
import { Month } from './month.ts';
import { interleave, median } from './rounds.ts';

/** What computing a family takes of one core, in a program of its own. */
export type FamilyCost = {
  readonly family: string;
  readonly features: number;
  readonly nsPerCell: number;
  /** Of one symbol: median, least and most of the rounds. */
  readonly msPerMonth: number;
  readonly least: number;
  readonly most: number;
  /** Of what all measured families take. */
  readonly share: number;
};

export type FamilyCosts = {
  readonly symbol: string;
  /** Rows of a month of one symbol. */
  readonly rows: number;
  readonly rounds: number;
  readonly features: number;
  readonly nsPerCell: number;
  readonly msPerMonth: number;
  /** Dearest first. */
  readonly families: readonly FamilyCost[];
};

const minutesPerBar = ({ bars }: FeatureSet): number => bars.intervalMinutes;

/** Measures families of a set over bars of a made-up market, here and now. */
export async function familyCosts(
  set: FeatureSet,
  families: readonly Family[],
  { rounds = 3, signal }: { readonly rounds?: number; readonly signal?: AbortSignal } = {},
): Promise<FamilyCosts> {
  const plans = new Map(families.map(family => [family.name, planFeatures(set, featuresOf(set, [family]))]));
  const made = market(set, [...plans.values()]);
  const month = await Month.of(set, made, [...plans.values()]);
  // as many minutes have fewer rows of longer bars
  const rows = month.rows / minutesPerBar(set);
  const cases = [...plans].map(([name, plan]) => {
    const run = async (): Promise<number> => {
      // lets an interruption come through
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      const { compute, cells } = month.measure(plan).cost;
      return (compute * 1e6) / cells;
    };
    return [name, run] as const;
  });
  const results = await interleave(Object.fromEntries(cases), rounds);
  const measured = [...plans].map(([family, plan]) => {
    const cells = rows * plan.features.length;
    const ms = results[family]!.map(ns => (ns * cells) / 1e6);
    const msPerMonth = median(ms);
    return {
      ...{ family, features: plan.features.length, nsPerCell: (msPerMonth * 1e6) / cells, msPerMonth },
      ...{ least: Math.min(...ms), most: Math.max(...ms) },
    };
  });
  const features = measured.reduce((sum, each) => sum + each.features, 0);
  const whole = measured.reduce((sum, each) => sum + each.msPerMonth, 0);
  return {
    ...{ symbol: made.symbol, rows: Math.round(rows), rounds, features },
    ...{ nsPerCell: (whole * 1e6) / (rows * features), msPerMonth: whole },
    families: measured
      .map(each => ({ ...each, share: each.msPerMonth / whole }))
      .toSorted((a, b) => b.msPerMonth - a.msPerMonth),
  };
}
