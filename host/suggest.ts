import { distance } from 'fastest-levenshtein';

/** A part of a name shorter than this says too little. */
const shortestPart = 3;

/**
 * The beginning of a hint: `did you mean "eurusd"? ` when a known name is near, or is the only one to hold what was
 * written, else nothing.
 */
export function suggest(name: string, known: readonly string[]): string {
  const written = name.toLowerCase();
  const near = known
    .map(candidate => ({ candidate, edits: distance(written, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, edits }) => edits <= Math.max(1, Math.ceil(Math.min(name.length, candidate.length) / 3)),
    )
    .sort((a, b) => a.edits - b.edits)[0]?.candidate;
  const holding = new Set(
    name.length < shortestPart ? [] : known.filter(candidate => candidate.toLowerCase().includes(written)),
  );
  const meant = near ?? (holding.size === 1 ? [...holding][0] : undefined);
  return meant === undefined ? '' : `did you mean "${meant}"? `;
}
