import { describe, expect, test } from 'vitest';
import { draws } from '../support/draws.ts';
import { mutate } from './mutate.ts';
import { corpusOf, loadTarget, targetNames } from './target.ts';

// What is kept of `npm run fuzz`, and some inputs of its kind that follow from a seed.

const seed = Number(process.env.WINDROW_SEED ?? 20_240_701);
const mutants = 60;

describe.each(targetNames)('%s', name => {
  test('every input that is kept comes to what it may', async () => {
    const { read, outcomes } = await loadTarget(name);
    const seen = new Set<string>();
    for (const [file, input] of corpusOf(name)) {
      try {
        seen.add(await read(input));
      } catch (cause) {
        throw new Error(`test/fuzz/corpus/${name}/${file}`, { cause });
      }
    }
    expect([...seen].sort()).toEqual([...outcomes].sort());
  });

  test(`so do ${mutants} with faults (seed ${seed})`, async () => {
    const { read, words } = await loadTarget(name);
    const corpus = [...corpusOf(name).values()];
    const draw = draws(seed);
    const pick = () => corpus[Math.floor(draw.uniform() * corpus.length)]!;
    for (let i = 0; i < mutants; i++) {
      const input = mutate(pick(), pick(), words, draw);
      try {
        await read(input);
      } catch (cause) {
        throw new Error(`input ${i}: ${input.toString('base64')}`, { cause });
      }
    }
  });
});
