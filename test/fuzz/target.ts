import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Word } from './mutate.ts';

/** A reader under test. */
export type Target = {
  /** Words that its format gives a meaning to, and others that do harm. */
  readonly words: readonly Word[];
  /** Reads an input and says in a word what became of it; throws where that is none of what may. */
  readonly read: (input: Buffer) => string | Promise<string>;
  /** Every word that `read` returns for some input of the corpus. */
  readonly outcomes: readonly string[];
};

const inside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const targetNames: readonly string[] = readdirSync(inside('targets')).map(name =>
  name.replace(/\.ts$/, ''),
);

export async function loadTarget(name: string): Promise<Target> {
  return (await import(`./targets/${name}.ts`)).default as Target;
}

/** Inputs that are kept, by file. */
export function corpusOf(name: string): Map<string, Buffer> {
  const folder = inside(`corpus/${name}/`);
  return new Map(readdirSync(folder).map(file => [file, readFileSync(`${folder}${file}`)]));
}
