import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generated } from '../dev/generate.ts';

test.each(Object.entries(generated()))('%s is what "npm run generate" writes', (path, text) => {
  expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
});
