export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/**
 * Runs the cases in turn, `rounds` times, the order reversed every other round: what slows the machine down for a while
 * slows all of them. The first round warms up and is not kept. Returns what each case measured, round by round.
 */
export async function interleave<T>(
  cases: Readonly<Record<string, (round: number) => T | Promise<T>>>,
  rounds: number,
): Promise<Record<string, T[]>> {
  const results = Object.fromEntries(Object.keys(cases).map(name => [name, [] as T[]]));
  for (let round = 0; round <= rounds; round++) {
    const names = Object.keys(cases);
    for (const name of round % 2 ? names.toReversed() : names) {
      const result = await cases[name]!(round);
      if (round > 0) results[name]!.push(result);
    }
  }
  return results;
}
