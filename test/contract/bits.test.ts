import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { engineRevision } from '../../host/catalog/catalog.ts';
import { type ComputeOptions, computeFeatures } from '../../host/index.ts';
import { dailyShapes, hourlyShapes, stockBars } from '../support/naive/stocksShapes.ts';
import { besides } from '../support/otherPairs.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// The bits of every feature, as a hash: the same on every machine, with every engine that runs WebAssembly, and after
// every change that does not mean to change values. One that does raises `engineRevision`, so that stored partitions become
// stale, writes the files again with `npx vitest run test/contract/bits -u`, and is named in the changelog.

type Market = { readonly bars: Bars; readonly options: ComputeOptions };

const market = (name: string, rows?: number): Market => {
  const shape = shapes.find(candidate => candidate.name === name)!;
  const bars = barsOfShape(shape, 1, rows);
  return { bars, options: { ...besides(bars), parameters: shape.parameters } };
};

const pairs = ['walk', 'nulls', 'stalls', 'crossing'].map(name => market(name));
/** Enough for what looks back for weeks and has no value in shorter ones. */
const long = market('walk', 33_000);

const hourly = (setOptions: Readonly<Record<string, unknown>>): Market[] =>
  hourlyShapes.map((shape, i) => ({
    bars: stockBars(shape, i + 1),
    options: { set: 'stocks-hourly', setConfig: { options: setOptions } },
  }));

/** Beside an index that lacks other days than they do. */
const daily = dailyShapes.map((shape, i) => ({
  bars: stockBars(shape, i + 1),
  options: { set: 'stocks-daily', peers: { gspc: gapped(stockBars(dailyShapes[0]!, 99)) } },
}));

function gapped({ time, columns }: Bars): Bars {
  const kept = (values: Float64Array): Float64Array => values.filter((_, row) => row % 90 > 4);
  return {
    time: kept(time),
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, kept(values)])),
  };
}

test.each([
  ['bits', pairs, long],
  ['bits.stocks-hourly', hourly({ basic: true }), undefined],
  ['bits.stocks-hourly.partial', hourly({ basic: true, minPeriods: 1 }), undefined],
  ['bits.stocks-daily', daily, undefined],
])('every feature has the bits that it had: %s', async (file, markets, long) => {
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  const valued = new Set<string>();
  const add = async ({ bars, options }: Market, features: readonly string[] | 'all'): Promise<void> => {
    const { columns } = await computeFeatures(bars, features, options);
    for (const [feature, values] of Object.entries(columns)) {
      // NULL has one spelling here; -0 and 0 are two
      const canonical = values.map(value => (Number.isNaN(value) ? Number.NaN : value));
      const hash = hashes.get(feature) ?? createHash('sha256');
      hashes.set(feature, hash.update(canonical));
      if (values.some(value => !Number.isNaN(value))) valued.add(feature);
    }
  };
  for (const market of markets) await add(market, 'all');
  const rest = [...hashes.keys()].filter(feature => !valued.has(feature));
  if (long) await add(long, rest);
  expect(valued.size).toBe(hashes.size);
  const lines = [...hashes].map(([feature, hash]) => `${hash.digest('hex').slice(0, 16)} ${feature}\n`);
  lines.unshift(`engine revision ${engineRevision}\n`);
  await expect(lines.join('')).toMatchFileSnapshot(`../golden/${file}.txt`);
});
