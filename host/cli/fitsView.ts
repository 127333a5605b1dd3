import type { Model } from '../catalog/family.ts';
import type { FeatureSet } from '../catalog/set.ts';
import type { StoredFit } from '../store/modelFits.ts';
import { count, counted } from './format.ts';

export const modelsOf = (set: FeatureSet): Model[] => set.families.flatMap(({ models = [] }) => models);

/** Seven digits are more than any fit's parameters are known to. */
const shown = (value: number | null): string =>
  value === null ? 'NULL' : String(Number(value.toPrecision(7)));

/** A line of a table's cell takes so many characters, so that the table fits a screen with its other columns. */
const cellWidth = 72;

/** Parameters in lines, none of them cut: a model with several states has dozens. */
function wrapped(parts: readonly string[]): string {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 2 + part.length <= cellWidth)
      lines[lines.length - 1] = `${line}, ${part}`;
    else lines.push(part);
  }
  return lines.join(',\n');
}

/** In the order of the model, which the database does not keep. */
function parametersText(set: FeatureSet, { model, parameters }: StoredFit): string {
  const outputs =
    modelsOf(set)
      .find(({ name }) => name === model)
      ?.outputs.map(({ name }) => name) ?? [];
  const names = [...new Set([...outputs, ...Object.keys(parameters)])].filter(name => name in parameters);
  return wrapped(names.map(name => `${name} ${shown(parameters[name]!)}`));
}

const why = ({ iterations }: StoredFit): string => (iterations ? 'did not converge' : 'not fitted');
const observationsText = ({ observations }: StoredFit): string =>
  observations === null ? '-' : count(observations);
const minuteOf = (fit: StoredFit): string => fit.anchor.slice(0, 16);

/** Whether a fit failed as the one before it did: an hourly model without its series has hundreds of these in a month. */
const sameFailure = (a: StoredFit, b: StoredFit): boolean =>
  !(a.converged || b.converged) &&
  a.symbol === b.symbol &&
  a.model === b.model &&
  a.observations === b.observations &&
  why(a) === why(b);

/** A row for each fit, and one for failures in a row that are alike. */
export function fitRows(set: FeatureSet, fits: readonly StoredFit[]): string[][] {
  const runs: StoredFit[][] = [];
  for (const fit of fits) {
    const run = runs.at(-1);
    if (run && sameFailure(run[0]!, fit)) run.push(fit);
    else runs.push([fit]);
  }
  return runs.map(run => {
    const [first, last] = [run[0]!, run.at(-1)!];
    const { symbol, model, converged, logLikelihood } = first;
    const times = run.length > 1 ? `, ${counted(run.length, 'time')} until ${minuteOf(last)}` : '';
    return [
      ...[symbol, model, minuteOf(first), observationsText(first)],
      converged && logLikelihood !== null ? logLikelihood.toFixed(1) : '-',
      converged ? parametersText(set, first) : `${why(first)}${times}`,
    ];
  });
}
