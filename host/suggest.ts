import { distance } from 'fastest-levenshtein';

/** A part of a name shorter than this says too little. */
const shortestPart = 3;

/** The known name that is nearest to what was written, or is the only one to hold it; none where all are far. */
export function nearest(name: string, known: readonly string[]): string | undefined {
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
  return near ?? (holding.size === 1 ? [...holding][0] : undefined);
}

/** The beginning of a hint: `did you mean "eurusd"? ` when a known name was probably meant, else nothing. */
export function suggest(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined ? '' : `did you mean "${meant}"? `;
}
