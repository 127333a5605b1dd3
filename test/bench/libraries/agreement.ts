import type { Bars } from '../../../host/catalog/bars.ts';
import type { Case } from './cases.ts';
import { conventions } from './conventions.ts';
import type { Library, Ran } from './runners.ts';

/** Allowed difference over the largest value of a plane: sums that slide have fewer digits than ours. */
const tolerance = 1e-6;

/** Says where two planes differ; undefined where they do not. */
function difference(
  ours: Float64Array,
  theirs: Float64Array,
  from: number,
  within: number,
): string | undefined {
  const scale = ours.subarray(from).reduce((most, x) => (Math.abs(x) > most ? Math.abs(x) : most), 0);
  for (let row = from; row < ours.length; row++) {
    const [x, y] = [ours[row]!, theirs[row]!];
    if (Number.isNaN(x) && Number.isNaN(y)) continue;
    if (!(Math.abs(x - y) <= tolerance * scale + within)) return `row ${row}: ${y}, ours is ${x}`;
  }
  return undefined;
}

/** What a library should have come to, by its own definition. */
function expected({ of }: Library, { kind, windows }: Case, ours: readonly Float64Array[], bars: Bars) {
  const convention = conventions[of]?.[kind];
  const { value, plain, within = 0 } = convention ?? {};
  const planes =
    plain?.(bars) ?? (value ? ours.map((plane, i) => plane.map(x => value(x, windows[i]!))) : ours);
  return { planes, within };
}

/** Cases in which a library agrees with us, and where it does not in the others. */
export function agreement(
  library: Library,
  cases: readonly Case[],
  { ours, theirs, bars }: { readonly ours: Ran; readonly theirs: Ran; readonly bars: Bars },
): { readonly agreed: string[]; readonly differs: string[] } {
  const agreed: string[] = [];
  const differs: string[] = [];
  for (const one of cases) {
    const found = theirs.cases.get(one.name)?.planes;
    if (!found) continue;
    const { planes, within } = expected(library, one, ours.cases.get(one.name)!.planes, bars);
    const wrong = planes
      .map((plane, i) => difference(plane, found[i] ?? new Float64Array(), one.forgets, within))
      .find(text => text !== undefined);
    if (wrong === undefined) agreed.push(one.name);
    else differs.push(`${library.name}, ${one.name}, ${wrong}`);
  }
  return { agreed, differs };
}
