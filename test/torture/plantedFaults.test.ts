import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { kills } from './kills.ts';
import { plantedFaults } from './plantedFaults.ts';

// `npm run torture:faults` takes minutes; that it can still plant what it looks for takes none.
test.each(plantedFaults)(
  '$name: can be planted, and there are kills that look for it',
  ({ file, from, only }) => {
    const source = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
    expect(source.split(from)).toHaveLength(2);
    expect(kills.some(({ name }) => name.includes(only))).toBe(true);
  },
);
