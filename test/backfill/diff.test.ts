import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill, diff } from '../../host/index.ts';
import { addMovements, type Movement } from '../../host/movement.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

// Custom families: what changes between two configurations is then known.
const config = (features: Readonly<Record<string, string>>, across: string) => ({
  set: 'fx',
  families: ['mine', 'across'],
  setConfig: {
    custom: { mine: { features }, across: { partition: 'month' as const, features: { level: across } } },
  },
});
const before = config({ same: 'close', half: 'close', early: 'mean(close, 3)', gone: 'open' }, 'rate_index');
const now = config(
  { same: 'close', half: 'close / 2', early: 'mean(close, 5)', fresh: 'open' },
  'rate_index',
);

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-07', 200));
  await backfill({ database: db.database, ...before });
});
afterAll(() => db.drop());

const told = (features: Awaited<ReturnType<typeof diff>>['features']) =>
  Object.fromEntries(features.map(({ family, feature, state }) => [`${family}.${feature}`, state]));
const states = {
  'mine.same': 'same',
  'mine.half': 'moved',
  'mine.early': 'moved',
  'mine.fresh': 'added',
  'mine.gone': 'removed',
};

test('nothing has moved where no definition has changed', async () => {
  expect(await diff({ database: db.database, ...before })).toEqual({
    features: [],
    families: 0,
    partitions: 0,
  });
});

test('what is stored is held against the present definitions, of the families that have changed', async () => {
  const { features, ...counts } = await diff({ database: db.database, ...now });
  expect(counts).toEqual({ families: 1, partitions: 2 });
  expect(told(features)).toEqual(states);
  const half = features.find(({ feature }) => feature === 'half')!;
  expect(half).toMatchObject({ cells: 400, differing: 400, appeared: 0, vanished: 0, largestRelative: 0.5 });
  expect(half.at!.is).toBe(half.at!.was / 2);
  // two more rows at the beginning of each pair have too few bars
  const early = features.find(({ feature }) => feature === 'early')!;
  expect(early).toMatchObject({ cells: 400, appeared: 0, vanished: 2 * 2 });
});

test('two configurations are held against each other, all pairs together too', async () => {
  const { features, ...counts } = await diff({ database: db.database, ...now, against: before });
  expect(counts).toEqual({ families: 2, partitions: 3 });
  expect(told(features)).toEqual({ ...states, 'across.level': 'same' });
  const of = (name: string) => features.find(({ feature }) => feature === name)!;
  expect(of('level')).toMatchObject({ cells: 400, differing: 0, redefined: false });
  expect(of('half')).toMatchObject({ redefined: true, differing: 400 });
  const one = await diff({ database: db.database, ...now, against: before, sample: { count: 1 } });
  expect(one.features.find(({ feature }) => feature === 'half')).toMatchObject({ differing: 200 });
});

test('rows that one side alone has do not count, NULLs and zeros of either sign do', () => {
  const into = new Map<string, Movement>();
  const side = (time: number[], values: number[]) => ({
    time: Float64Array.from(time),
    columns: new Map([['x', Float64Array.from(values)]]),
  });
  const was = side([1, 2, 3, 5, 6, 7], [9, Number.NaN, 1, 0, 4, Number.NaN]);
  const is = side([2, 3, 4, 5, 6, 7], [2, Number.NaN, 8, -0, 5, Number.NaN]);
  addMovements(into, 'eurusd', { was, is });
  expect(into.get('x')).toEqual({
    ...{ cells: 5, differing: 4, appeared: 1, vanished: 1, largest: 1, largestRelative: 0.2 },
    at: { symbol: 'eurusd', time: 6, was: 4, is: 5 },
  });
});
