import { describe, expect, test } from 'vitest';
import { type BarColumn, barColumns } from '../../host/catalog/bars.ts';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { differences } from '../support/bits.ts';
import { barsWith, type Subject } from '../support/contract.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { familySubjects } from '../support/subjects.ts';

// Prices in a unit twice as large, with the baseline and the pip in the same unit, are the same market.

const parameters = { baseline: 1.0843, pip: 0.0001 };
const isPrice = (column: BarColumn): boolean => column !== 'volume';
const walk = shapes.find(({ name }) => name === 'walk')!;
const unitOf = new Map(featuresOf(setByName('fx')).map(({ qualifiedName, unit }) => [qualifiedName, unit]));
/** Units that a price is part of, by the power of the price in them. */
const powers: Readonly<Record<string, number>> = { price: 1, 'price/bar': 1, 'ticks/price': -1 };

const families = await familySubjects(parameters);

const inUnits = async (scale: number): Promise<Subject[]> =>
  familySubjects({ baseline: parameters.baseline * scale, pip: parameters.pip * scale });

describe.each([2, 16, 2 ** 20])('prices times %d', scale => {
  const others = inUnits(scale);
  test.each(families.map(({ name }, index) => ({ name, index })))('$name is the same', async ({ index }) => {
    const subject = families[index]!;
    const other = (await others)[index]!;
    const bars = barsOfShape(walk, 3, subject.lookback + 600);
    const scaled = barsWith(bars, 0, bars.time.length, (value, column) =>
      isPrice(column) ? value * scale : value,
    );
    const before = await subject.compute(bars);
    const expected = {
      time: before.time,
      columns: Object.fromEntries(
        Object.entries(before.columns).map(([name, values]) => {
          const power = powers[unitOf.get(name)!] ?? 0;
          return [name, values.map(value => value * scale ** power)];
        }),
      ),
    };
    expect(differences(expected, await other.compute(scaled))).toEqual([]);
  });
});

test('every column of bars is a price or a volume', () => {
  expect(barColumns.filter(column => !isPrice(column))).toEqual(['volume']);
});
