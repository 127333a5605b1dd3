import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { barColumns } from '../../host/catalog/bars.ts';
import { featuresOf, sets } from '../../host/catalog/catalog.ts';
import { kernels } from '../../host/catalog/kernels.ts';
import { operators } from '../../host/catalog/operators.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What each folder of host/ may import from; the files beside the folders are there for all. */
const below: Readonly<Record<string, readonly string[]>> = {
  catalog: [],
  engine: ['catalog'],
  store: ['catalog'],
  bars: ['catalog'],
  config: ['catalog'],
  bench: ['backfill', 'ingest', 'store', 'bars', 'engine', 'catalog'],
  ingest: ['store', 'bars', 'engine', 'catalog'],
  backfill: ['store', 'bars', 'engine', 'catalog'],
  update: ['store', 'bars', 'engine', 'catalog'],
  metrics: ['update', 'store', 'catalog'],
  report: ['store', 'catalog'],
  doctor: ['backfill', 'store', 'bars', 'engine', 'catalog'],
  cli: [
    'bench',
    'doctor',
    'report',
    'metrics',
    'update',
    'backfill',
    'ingest',
    'config',
    'store',
    'bars',
    'engine',
    'catalog',
  ],
};

type Source = {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
};

function sourcesIn(folder: string): Source[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter(file => file.endsWith('.ts'))
    .map(file => {
      const text = readFileSync(join(root, folder, file), 'utf8');
      const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
      return { path: `${folder}/${file}`, folder: file.includes('/') ? file.split('/')[0]! : '', text, code };
    });
}

/** Paths in the repository of what a file imports from beside it, at once or later. */
const importsOf = ({ path, code }: Source): string[] =>
  [...code.matchAll(/(?:from|import|import\()\s*['"](\.[^'"]+)['"]/g)].map(([, target]) =>
    relative(root, join(root, dirname(path), target!)),
  );

const host = sourcesIn('host');
const assembly = sourcesIn('assembly');
const strings = ({ code }: Source): string[] => [...code.matchAll(/'([^'\n]*)'/g)].map(([, text]) => text!);

describe('imports', () => {
  test('point one way', () => {
    const wrong = host.flatMap(source =>
      importsOf(source)
        .filter(target => {
          const [, layer, ...rest] = target.split('/');
          if (source.folder === '' || rest.length === 0) return target === 'host/index.ts';
          return layer !== source.folder && !below[source.folder]?.includes(layer!);
        })
        .map(target => `${source.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
    expect(host.flatMap(importsOf).length).toBeGreaterThan(300);
  });

  test('name folders that this test knows', () => {
    const folders = new Set(host.map(({ folder }) => folder).filter(Boolean));
    expect([...folders].sort()).toEqual(Object.keys(below).sort());
  });

  test('stay inside: the host reaches no test, the module reaches no host', () => {
    const outside = (sources: readonly Source[], home: string) =>
      sources.flatMap(importsOf).filter(target => !target.startsWith(home));
    expect(outside(host, 'host/')).toEqual([]);
    expect(outside(assembly, 'assembly/')).toEqual([]);
  });
});

describe('names', () => {
  const families = sets.flatMap(set => set.families.map(({ name }) => name));
  const features = sets.flatMap(set => featuresOf(set)).map(({ name }) => name);
  const columns: readonly string[] = barColumns;

  test('of features and families are in the catalogue alone; commands may show them in examples', () => {
    const telling = [...families, ...features].filter(name => name.includes('_') && !columns.includes(name));
    const pattern = new RegExp(`\\b(?:${telling.join('|')})\\b`);
    const found = host
      .filter(({ folder }) => folder !== 'catalog')
      .flatMap(({ path, folder, code }) =>
        code
          .split('\n')
          .filter(line => pattern.test(line) && !(folder === 'cli' && /\b(?:line|summary): '/.test(line)))
          .map(line => `${path}: ${line.trim()}`),
      );
    expect(found).toEqual([]);
  });

  test('of operators and kernels are not known to the engine', () => {
    const known = new Set([...operators, ...kernels].map(({ name }) => name));
    const found = host
      .filter(({ folder }) => folder === 'engine')
      .flatMap(source =>
        strings(source)
          .filter(text => known.has(text))
          .map(text => `${source.path}: '${text}'`),
      );
    expect(found).toEqual([]);
  });

  test('of features in examples exist', () => {
    const shown = host
      .filter(({ folder }) => folder === 'cli')
      .flatMap(({ text }) => [...text.matchAll(/windrow explain ([a-z]\w+)\.?(\w+)?/g)])
      .map(([, family, feature]) => feature ?? family!);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter(name => !features.includes(name))).toEqual([]);
  });
});

test('files have a size that can be read', () => {
  const long = [...host, ...assembly]
    .filter(({ text }) => !/^\/\/ Generated/.test(text) && text.split('\n').length > 400)
    .map(({ path }) => path);
  expect(long).toEqual([]);
});
