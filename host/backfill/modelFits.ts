import { fitOutputs } from '../catalog/family.ts';
import type { Fit } from '../engine/fits.ts';
import type { ModelFit } from '../store/modelFits.ts';
import type { UnfittedModel } from './types.ts';

const known = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

const isParameter = (name: string): boolean => !fitOutputs.some(output => output === name);

/** A model's outputs at an anchor as they are stored. */
export const storedFit = ({ model, anchor, values }: Fit): ModelFit => ({
  model,
  anchor,
  converged: values.converged === 1,
  observations: known(values.observations),
  logLikelihood: known(values.log_likelihood),
  iterations: known(values.iterations),
  parameters: Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (isParameter(name) ? [[name, known(value)]] : [])),
  ),
});

/** Of each model that has no fit at some anchor how often, and why at the first of these. */
export function unfittedModels(fits: readonly Fit[]): UnfittedModel[] {
  return [...Map.groupBy(fits, ({ model }) => model)].flatMap(([model, all]) => {
    const without = all.filter(({ values }) => values.converged !== 1);
    const first = without[0]?.values;
    if (!first) return [];
    const observations = known(first.observations);
    const tried = (first.iterations ?? 0) > 0;
    return [{ model, anchors: all.length, unfitted: without.length, observations, tried }];
  });
}
