import { distance } from 'fastest-levenshtein';

/** The beginning of a hint: `did you mean "eurusd"? ` when a known name is near, else nothing. */
export function suggest(name: string, known: readonly string[]): string {
  const near = known
    .map(candidate => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(
      ({ candidate, edits }) => edits <= Math.max(1, Math.ceil(Math.min(name.length, candidate.length) / 3)),
    )
    .sort((a, b) => a.edits - b.edits)[0];
  return near ? `did you mean "${near.candidate}"? ` : '';
}
