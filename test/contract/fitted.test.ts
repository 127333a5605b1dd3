import { describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import type { History } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import {
  barAt,
  barsBetween,
  barsWith,
  cutDifferences,
  futureDifferences,
  type Subject,
  streamDifferences,
} from '../support/contract.ts';
import { draws } from '../support/draws.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { fittedSubjects } from '../support/subjects.ts';

// What rests on a model that is fitted to the previous calendar month keeps what every feature promises. Bars lie half an hour
// apart, so that a month has enough for a fit and few enough for a test; the months then say how far back a value looks, not the
// most rows that two months may have.

const parameters = { baseline: 1.0843, pip: 0.0001 };
const families = await fittedSubjects(parameters);
const minute = 60_000_000;
const rows = 5_200;
/** More rows than any series looks back that a model is fitted on, or that is compared with it. */
const inputs = 1_700;

/** Bars of a shape about half an hour apart over some three and a half months, volatile and quiet by turns. */
function sparse(name: string, seed: number): Bars {
  const shape = shapes.find(one => one.name === name)!;
  const { columns } = barsOfShape(shape, seed, rows);
  const { uniform, normal } = draws(seed);
  let now = Date.UTC(2023, 10, 20) / 60_000;
  const time = Float64Array.from({ length: rows }, (): number => {
    now += 5 + Math.floor(40 * uniform());
    return now * minute;
  });
  if (name !== 'walk') return { time, columns };
  let log = 0;
  let calm = 1e-4;
  const close = columns.close!.map(() => {
    const step = calm * normal();
    calm = Math.sqrt(1e-9 + 0.15 * step * step + 0.75 * calm * calm);
    log += step;
    return 1.0843 * Math.exp(log);
  });
  return { time, columns: { ...columns, close } };
}

const monthOf = (time: number): number => {
  const date = new Date(time / 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** First row of the month before that of a row. */
const monthBefore = ({ time }: Bars, row: number): number =>
  time.findIndex(at => monthOf(at) >= monthOf(time[row]!) - 1);

/** First rows of the months. */
const turns = ({ time }: Bars): number[] =>
  [...time.keys()].filter(row => row > 0 && monthOf(time[row]!) !== monthOf(time[row - 1]!));

const known = async (subject: Subject, bars: Bars): Promise<string[]> => {
  const { columns } = await subject.compute(bars);
  return Object.keys(columns).filter(name => columns[name]!.some(value => !Number.isNaN(value)));
};

describe.each(families)('$name', subject => {
  const walk = sparse('walk', 4);

  test('has values from the second month on', async () => {
    expect(await known(subject, walk)).toEqual(subject.features.map(({ name }) => name));
  });

  test.each(['walk', 'nulls', 'stalls', 'ties', 'gaps'])(
    'has the same bits in tasks over %s',
    async shape => {
      const bars = sparse(shape, 11);
      const whole = await subject.compute(bars);
      const tasks = [
        { from: rows - 700, to: rows },
        { from: 2_011, to: 3_402 },
        { from: 0, to: 2_011 },
        { from: 3_402, to: rows - 700 },
      ];
      expect(await cutDifferences(subject, bars, whole, tasks)).toEqual([]);
    },
  );

  test('needs no bars but those since the beginning of the month before', async () => {
    const whole = await subject.compute(walk);
    for (const from of [3_100, 4_200, ...turns(walk).slice(2), rows - 1]) {
      const begin = Math.max(0, monthBefore(walk, from) - inputs);
      const part = await subject.compute(barsBetween(walk, begin, rows), from - begin);
      expect(differences(whole, part, { from, to: rows }, 0)).toEqual([]);
    }
  });

  test('reads the month before to its first bar', async () => {
    const last = rows - 1;
    const first = monthBefore(walk, last);
    const end = walk.time.findIndex(at => monthOf(at) === monthOf(walk.time[last]!));
    const whole = await subject.compute(walk, last);
    const change = (row: number) => barsWith(walk, row, row + 1, value => value * 1.001);
    for (const row of [first, first + 1, end - 1]) {
      const found = differences(whole, await subject.compute(change(row), last));
      const fitted = subject.features.filter(({ name }) => found.some(text => text.includes(name)));
      expect(fitted.length, `row ${row}`).toBeGreaterThan(0);
    }
    expect(differences(whole, await subject.compute(change(first - inputs), last))).toEqual([]);
  });

  test('has the same bits in a stream of single bars', async () => {
    const whole = await subject.compute(walk);
    expect(await streamDifferences(subject, walk, whole, 0)).toEqual([]);
  });

  test('waits in a stream until it has the month before, and no longer', async () => {
    const whole = await subject.compute(walk);
    const [from, last] = [rows - 40, rows - 1];
    const streamed = async (begin: number, history: History) => {
      const stream = await subject.open(history);
      stream.load(barsBetween(walk, begin, from));
      const columns = Object.fromEntries(stream.names.map(name => [name, new Float64Array(rows)]));
      for (let row = from; row < rows; row++)
        stream.push(barAt(walk, row)).forEach((value, i) => {
          columns[stream.names[i]!]![row] = value;
        });
      return { waiting: stream.waiting, features: { time: walk.time, columns } };
    };
    const enough = await streamed(0, 'cut');
    expect(enough.waiting).toEqual([]);
    expect(differences(whole, enough.features, { from, to: rows })).toEqual([]);
    const late = monthBefore(walk, last) + 1;
    const cut = await streamed(late, 'cut');
    expect(cut.waiting).toEqual(subject.features.map(({ name }) => name));
    for (const column of Object.values(cut.features.columns))
      expect(column.subarray(from).every(Number.isNaN)).toBe(true);
    const beginning = await streamed(late, 'complete');
    expect(differences(whole, beginning.features, { from, to: rows })).not.toEqual([]);
  });

  test('does not change when the future is taken away or replaced', async () => {
    const whole = await subject.compute(walk);
    const [, turn] = turns(walk);
    for (const now of [2_500, turn! - 1, turn!, turn! + 1, rows - 40])
      expect(await futureDifferences(subject, walk, whole, now)).toEqual([]);
  });

  test.each([
    ['holes', Number.NaN],
    ['bars of 1e12', 1e12],
  ])('%s leave no trace two months on', async (_, value) => {
    const whole = await subject.compute(walk);
    const [second, , fourth] = turns(walk);
    const disturbed = await subject.compute(barsWith(walk, second! - 500, second! - 470, () => value));
    expect(differences(whole, disturbed, { from: 0, to: second! - 500 })).toEqual([]);
    expect(differences(whole, disturbed, { from: fourth!, to: rows })).toEqual([]);
  });
});
