import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { setByName } from '../../host/catalog/catalog.ts';
import { column } from '../../host/catalog/expr.ts';
import { elided } from '../dev/elided.ts';
import { familyPage } from '../dev/familyPage.ts';
import { generated } from '../dev/generate.ts';
import { pictures } from '../dev/pictures.ts';

const fileOf = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const read = (path: string): string => readFileSync(fileOf(path), 'utf8');
const texts = generated();

test.each(Object.entries(texts))('%s is what "npm run generate" writes', (path, text) => {
  expect(read(path)).toBe(text);
});

test('docs/catalogue has the pictures that "npm run generate" draws, and nothing else', async () => {
  const drawn = await pictures();
  expect(Object.entries(drawn).flatMap(([path, svg]) => (read(path) === svg ? [] : [path]))).toEqual([]);
  const there = readdirSync(fileOf('docs/catalogue'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => `docs/catalogue/${parentPath.split('/').at(-1)}/${name}`);
  const made = [...Object.keys(texts), ...Object.keys(drawn)].filter(path =>
    path.startsWith('docs/catalogue/'),
  );
  expect(there.toSorted()).toEqual(made.toSorted());
  const bytes = [...made].reduce((sum, path) => sum + Buffer.byteLength(texts[path] ?? drawn[path]!), 0);
  expect(bytes).toBeLessThan(6e6);
});

test('of like terms of many pairs the first and the last are shown', () => {
  const terms = (count: number, of: (peer: string) => string): string =>
    Array.from({ length: count }, (_, i) => of(`peer("cross${i + 1}", close)`)).join(', ');
  expect(elided(`mean_of(${terms(15, peer => `log(${peer})`)}, 3) * 2`)).toBe(
    'mean_of(log(peer("cross1", close)), ..., log(peer("cross15", close)), 3) * 2',
  );
  const short = `(max_of(${terms(3, peer => peer)}) - lag(close, 1)) / max_of(1, 2, 3, 4, 5)`;
  expect(elided(short)).toBe(short);
});

test('the page of a family with models says what they give', () => {
  const set = setByName('fx');
  const family = set.families[0]!;
  const output = { name: 'converged', expr: column('close'), description: '1 where it did.' };
  const model = { name: 'fit', title: 'A fit', anchor: 'month' as const, outputs: [output] };
  const page = familyPage(set, { ...family, models: [model] });
  expect(page).toContain('### fit\n\nA fit; fitted anew at the first row of every calendar month, UTC.\n');
  expect(page).toContain('- `converged`: 1 where it did.\n');
});
