import { closestMatch } from 'leven';

/** The candidate that `word` was probably meant to be: at most a third of its letters differ. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const maxDistance = Math.max(1, Math.ceil(word.length / 3));
  return closestMatch(word.toLowerCase(), candidates, { maxDistance });
}

/** The beginning of a hint: `did you mean "eurusd"? `, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const match = closest(word, candidates);
  return match === undefined ? '' : `did you mean "${match}"? `;
}
