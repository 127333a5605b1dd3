import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { computeFeatures, type Features } from '../../host/index.ts';
import { hasRealBars } from '../support/realBars.ts';
import { barsOf, type Distance, distancesOf, readTable } from '../support/stockVectors.ts';

// The hourly set against pandas. test/vectors/stocks_hourly.py says how its numbers were made and by which version.

const set = 'stocks-hourly';
const vectors = new URL('../vectors/', import.meta.url);
const table = readTable(new URL('stocks_hourly_features.csv.gz', vectors));
const bars = barsOf(readTable(new URL('stocks_hourly_bars.csv', vectors)));
const { length } = bars.time;

const compute = (minPeriods: 'window' | 1): Promise<Features> =>
  computeFeatures(bars, 'all', { set, setConfig: { options: { minPeriods } } });

const far = (distances: readonly Distance[], limit: number): string[] =>
  distances
    .filter(({ worst, correlation }) => worst > limit || correlation < 0.999)
    .map(({ feature, worst, correlation }) => `${feature}: ${worst.toExponential(1)}, r = ${correlation}`);

test('the vectors have every feature of the set', () => {
  expect([...table.keys()]).toEqual(featuresOf(setByName(set)).map(({ name }) => name));
  expect(table.size).toBe(99);
});

describe('windows that begin with the rows that there are', () => {
  let distances: readonly Distance[];
  beforeAll(async () => {
    distances = distancesOf(await compute(1), table);
  });

  test('have values in the rows in which pandas has', () => {
    const others = distances.filter(({ onlyOurs, onlyTheirs }) => onlyOurs + onlyTheirs > 0);
    expect(others).toEqual([]);
    expect(distances.filter(({ rows }) => rows < length - 520)).toEqual([]);
  });

  test('agree with pandas to 1e-9', () => {
    expect(far(distances, 1e-9)).toEqual([]);
  });
});

test('whole windows agree with pandas to 1e-9, and have no value where it has none', async () => {
  const distances = distancesOf(await compute('window'), table);
  expect(distances.filter(({ onlyOurs }) => onlyOurs > 0)).toEqual([]);
  expect(far(distances, 1e-9)).toEqual([]);
  expect(distances.filter(({ rows }) => rows === 0)).toEqual([]);
});

const python = process.env.WINDROW_PYTHON;
const missing = !python
  ? 'WINDROW_PYTHON names no Python with pandas: skipped'
  : 'real bars are not here: skipped';

describe.skipIf(!python || !hasRealBars)(python && hasRealBars ? 'on real bars' : missing, () => {
  const folder = python ? mkdtempSync(join(tmpdir(), 'windrow-pandas-')) : '';
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What rolling sums of pandas lose: powers of returns after larger ones, and the order of equal deviations. */
  const drifting = /^(?:returns_(?:skew|kurt)_\d+h|vol_percentile)$/;

  test.each(['eq_regular', 'eq_with_extended'])('%s agree to 1e-9', async kind => {
    const file = fileURLToPath(
      new URL(`../../../shared/data/equity_hourly_2025/${kind}/SPY.csv.gz`, import.meta.url),
    );
    execFileSync(python!, [fileURLToPath(new URL('stocks_hourly.py', vectors)), file, folder]);
    const ours = await computeFeatures(barsOf(readTable(file)), 'all', { set });
    const distances = distancesOf(ours, readTable(join(folder, 'SPY.csv')));
    const drifts = ({ feature }: Distance) => drifting.test(feature);
    expect(
      far(
        distances.filter(distance => !drifts(distance)),
        1e-9,
      ),
    ).toEqual([]);
    expect(far(distances.filter(drifts), 1e-2)).toEqual([]);
  });
});
