import { describe, expect, test } from 'vitest';
import { type BarColumn, type Bars, barColumns } from '../../host/catalog/bars.ts';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { computeFeatures } from '../../host/index.ts';
import { type Draw, draws } from '../support/draws.ts';
import { hex } from '../support/kernelShapes.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// A feature whose unit is a range lies in it to the last bit, whatever the market. Of bars that contradict themselves (a
// low above the close) nothing is promised.

const parameters = { baseline: 1.0843, pip: 0.0001 };
const range = /^(-?\d+)\.\.(-?\d+)$/;
const bounded = featuresOf(setByName('fx')).flatMap(({ qualifiedName, unit }) => {
  const [, low, high] = range.exec(unit) ?? [];
  return low === undefined ? [] : [{ name: qualifiedName, low: Number(low), high: Number(high) }];
});
const names = bounded.map(({ name }) => name);

/** Longer than what the slowest of them needs. */
const rows = 1_500;

/** Bars of closes: the open is the close before, high and low reach beyond both as far as told. */
function barsFrom(closes: Float64Array, reach: (row: number) => number, { uniform }: Draw): Bars {
  const columns = Object.fromEntries(barColumns.map(name => [name, new Float64Array(rows)])) as Record<
    BarColumn,
    Float64Array
  >;
  closes.forEach((close, row) => {
    const open = closes[row - 1] ?? close;
    const high = Math.max(open, close) + reach(row);
    const low = Math.min(open, close) - reach(row) / 2;
    const spread = reach(row) * uniform();
    for (const [part, price] of Object.entries({ open, high, low, close })) {
      columns[part as BarColumn][row] = price;
      columns[`bid_${part}` as BarColumn][row] = price;
      columns[`ask_${part}` as BarColumn][row] = price + spread;
      columns[`spread_${part}` as BarColumn][row] = spread;
    }
    columns.volume[row] = Math.floor(100 * uniform());
  });
  return { time: closes.map((_, row) => row * 60_000_000), columns };
}

type Market = { readonly name: string; readonly bars: (seed: number) => Bars };

const made = (
  name: string,
  close: (row: number, before: number, draw: Draw) => number,
  reach = 0,
): Market => ({
  name,
  bars: seed => {
    const draw = draws(seed);
    let price = 1;
    const closes = new Float64Array(rows).map((_, row) => {
      price = close(row, price, draw);
      return price;
    });
    return barsFrom(closes, () => reach * draw.uniform(), draw);
  },
});

const jump = (row: number) => row % 173 === 60;
const around = (scale: number): Market[] => [
  made(`noise around ${scale}`, (_, __, { normal }) => scale * (1 + normal() / 100), scale / 100),
  made(`a walk from ${scale}`, (row, before, { normal }) =>
    row === 0 ? scale : before * (1 + normal() / 1e4),
  ),
  made(`nothing but ${scale}`, () => scale),
  made(`jumps up from ${scale}`, (row, before) => (row === 0 ? scale : jump(row) ? before * 1.1 : before)),
  made(`jumps both ways around ${scale}`, (row, _, { uniform }) =>
    jump(row) ? scale * (1 + uniform()) : scale,
  ),
  made(
    `steps of the last bit above ${scale}`,
    (_, __, { uniform }) => scale * (1 + Math.floor(4 * uniform()) * 2 ** -52),
  ),
  made(
    `a rally from ${scale}`,
    (row, _, { uniform }) => scale * (1 + (row + uniform()) / 1e4),
    scale * 1e-16,
  ),
];

const markets: Market[] = [
  ...[1e-8, 1, 1e8].flatMap(around),
  ...shapes
    .filter(({ name }) => !['outlier', 'crossing', 'nulls'].includes(name))
    .map(shape => ({
      name: `the shape ${shape.name}`,
      bars: (seed: number) => barsOfShape(shape, seed, rows),
    })),
];

describe.each(markets)('$name', ({ bars }) => {
  test('leaves every feature in its range', async () => {
    for (const seed of [1, 2]) {
      const { columns } = await computeFeatures(bars(seed), names, { set: 'fx', parameters });
      const outside = bounded.flatMap(({ name, low, high }) => {
        const row = columns[name]!.findIndex(value => value < low || value > high);
        return row < 0 ? [] : `${name}, seed ${seed}, row ${row}: ${hex(columns[name]![row]!)}`;
      });
      expect(outside).toEqual([]);
    }
  });

  test.each(['rate', 'bqx'])('leaves the levels of Fibonacci in order (%s)', async domain => {
    const rising = 'range_low ret_786 ret_618 ret_500 ret_382 ret_236 range_high ext_1272 ext_1618'
      .split(' ')
      .map(level => `fibonacci_${domain}.w100_fib_${level}`);
    const { columns } = await computeFeatures(bars(3), rising, { set: 'fx', parameters });
    const unordered = rising.slice(1).filter((name, i) => {
      const below = columns[rising[i]!]!;
      return columns[name]!.some((value, row) => value < below[row]!);
    });
    expect(unordered).toEqual([]);
  });
});

test('features of every bounded indicator are among them', () => {
  const indicators =
    'rsi stoch_k stoch_d williams_r ultimate_oscillator adx plus_di minus_di mfi cmf donchian_position';
  for (const indicator of indicators.split(' '))
    expect(
      names.filter(name => name.endsWith(`_${indicator}`)),
      indicator,
    ).not.toEqual([]);
});
