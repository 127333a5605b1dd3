/** Values of a symbol by row: times in ascending order, and columns by feature, NaN for NULL. */
export type Values = {
  readonly time: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
};

/** How far a feature is from what it was. */
export type Movement = {
  /** Cells of rows that both sides have. */
  cells: number;
  /** Those that do not have the same bits. */
  differing: number;
  /** Those of them that were NULL, or have become so. */
  appeared: number;
  vanished: number;
  /** Of the others the largest difference, the largest relative to the larger of the two, and where the first of these is. */
  largest: number;
  largestRelative: number;
  at?: { readonly symbol: string; readonly time: number; readonly was: number; readonly is: number };
};

export const noMovement = (): Movement => ({
  ...{ cells: 0, differing: 0, appeared: 0, vanished: 0 },
  ...{ largest: 0, largestRelative: 0 },
});

/** Pairs of rows of the same time. */
function matches(was: Float64Array, is: Float64Array): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0, k = 0; i < was.length && k < is.length; ) {
    if (was[i] === is[k]) pairs.push([i++, k++]);
    else if (was[i]! < is[k]!) i++;
    else k++;
  }
  return pairs;
}

/** Adds what moved between two sides, feature by feature, of those that both have. */
export function addMovements(
  into: Map<string, Movement>,
  symbol: string,
  { was, is }: { readonly was: Values; readonly is: Values },
): void {
  const pairs = matches(was.time, is.time);
  for (const [name, before] of was.columns) {
    const after = is.columns.get(name);
    if (after === undefined) continue;
    const movement = into.get(name) ?? noMovement();
    into.set(name, movement);
    movement.cells += pairs.length;
    for (const [i, k] of pairs) {
      const [old, now] = [before[i]!, after[k]!];
      if (Object.is(old, now)) continue;
      movement.differing++;
      if (Number.isNaN(old)) movement.appeared++;
      else if (Number.isNaN(now)) movement.vanished++;
      else {
        const distance = Math.abs(now - old);
        const relative = distance === 0 ? 0 : distance / Math.max(Math.abs(old), Math.abs(now));
        movement.largest = Math.max(movement.largest, distance);
        if (relative < movement.largestRelative || (movement.at && relative === movement.largestRelative))
          continue;
        movement.largestRelative = relative;
        movement.at = { symbol, time: was.time[i]!, was: old, is: now };
      }
    }
  }
}

/**
 * same: the same bits in all rows that were looked at. moved: other bits in some. added: only the present definitions have it.
 * removed: only those before had it.
 */
export type FeatureDiff = Readonly<Movement> & {
  readonly family: string;
  readonly feature: string;
  readonly state: 'same' | 'moved' | 'added' | 'removed';
  /** Whether the formula is another; absent where only values of the one before are known. */
  readonly redefined?: boolean;
};

export type DiffReport = {
  readonly features: readonly FeatureDiff[];
  /** Families that were looked at, and partitions of them. */
  readonly families: number;
  readonly partitions: number;
};

/** The features of a family on both sides, each with what became of it. */
export function diffOf(
  family: string,
  was: readonly string[],
  is: readonly string[],
  movements: ReadonlyMap<string, Movement>,
  redefined?: (name: string) => boolean,
): FeatureDiff[] {
  return [...new Set([...is, ...was])].map((feature): FeatureDiff => {
    const movement = movements.get(feature) ?? noMovement();
    const state = !was.includes(feature)
      ? 'added'
      : !is.includes(feature)
        ? 'removed'
        : movement.differing > 0
          ? 'moved'
          : 'same';
    const told =
      redefined && state !== 'added' && state !== 'removed' ? { redefined: redefined(feature) } : {};
    return { family, feature, state, ...told, ...movement };
  });
}
