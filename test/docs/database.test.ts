import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sets } from '../../host/catalog/catalog.ts';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

test('docs/database.md names every table', () => {
  const page = read('docs/database.md');
  const columns = [...read('test/golden/schema.txt').matchAll(/^(\w+)\.\w+ /gm)];
  const own = [...new Set(columns.map(([, table]) => table!))];
  const ofSets = sets.flatMap(({ bars, layout }) => [bars.table, ...(layout.table ? [layout.table] : [])]);
  expect(own.length).toBeGreaterThan(5);
  expect([...own, ...ofSets].filter(table => !page.includes(`\`${table}\``))).toEqual([]);
});
