/** So many terms that differ in a number alone are written out. */
const most = 3;

/** The end of a formula's call whose bracket opens at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) return i;
  }
  throw new Error(`a bracket of "${text}" stays open`);
}

function argumentsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')') depth--;
    if (text[i] !== ',' || depth > 0) continue;
    parts.push(text.slice(from, i));
    from = i + 2;
  }
  return [...parts, text.slice(from)];
}

/** What terms about other symbols have in common: who the other is. */
const pattern = (term: string): string => term.replaceAll(/"([a-z]+)\d+"/g, '"$1"');

/** A formula in which of terms that are the same for one role after the other only the first and the last stand. */
export function elided(text: string): string {
  const open = text.indexOf('(');
  if (open < 0) return text;
  const close = closing(text, open);
  const all = argumentsOf(text.slice(open + 1, close));
  const shown: string[] = [];
  for (let i = 0; i < all.length; ) {
    let end = i + 1;
    while (end < all.length && pattern(all[end]!) === pattern(all[i]!) && pattern(all[i]!) !== all[i]) end++;
    const run = all.slice(i, end).map(elided);
    shown.push(...(run.length > most ? [run[0]!, '...', run.at(-1)!] : run));
    i = end;
  }
  return `${text.slice(0, open + 1)}${shown.join(', ')})${elided(text.slice(close + 1))}`;
}
