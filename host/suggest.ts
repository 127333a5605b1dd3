import { closestMatch } from 'leven';

/** The beginning of a hint: `did you mean "eurusd"? ` when a known name is near, else nothing. */
export function suggest(name: string, known: readonly string[]): string {
  const maxDistance = Math.max(1, Math.ceil(name.length / 3));
  const match = closestMatch(name.toLowerCase(), known, { maxDistance });
  return match === undefined ? '' : `did you mean "${match}"? `;
}
