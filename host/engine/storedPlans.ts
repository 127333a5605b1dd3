import { readFileSync } from 'node:fs';
import type { Plan } from './plan.ts';
import { planFromText, planToText } from './planText.ts';

// Plans that are made when the package is built. Where the catalogue is run from its source there are none: it may have
// changed since.
const url = import.meta.url.endsWith('.ts') ? undefined : new URL('../../plans.txt', import.meta.url);

/** A file of plans: a line with the key of each, and one with its text. */
export const plansToText = (plans: ReadonlyMap<string, Plan>): string =>
  [...plans].map(([key, plan]) => `${key}\n${planToText(plan)}\n`).join('');

/** Texts of plans by their keys. */
function readTexts(): Map<string, string> {
  const texts = new Map<string, string>();
  if (!url) return texts;
  let lines: string[];
  try {
    lines = readFileSync(url, 'utf8').split('\n');
  } catch (error) {
    // who bundles the package anew may have left it out: planning takes longer, and that is all
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return texts;
    throw error;
  }
  for (let i = 0; i + 1 < lines.length; i += 2) texts.set(lines[i]!, lines[i + 1]!);
  return texts;
}

let texts: ReadonlyMap<string, string> | undefined;

/** The plan that was made under a key when the package was built. */
export function storedPlan(key: string): Plan | undefined {
  texts ??= readTexts();
  const text = texts.get(key);
  return text === undefined ? undefined : planFromText(text);
}
