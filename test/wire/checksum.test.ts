import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CopyEncoder } from '../../host/engine/copy.ts';
import { Arena, loadModule } from '../../host/engine/module.ts';
import { place, plainTable, splitmix, type Table, table } from './tables.ts';

const module = await loadModule();

async function checksumOf(input: Table, from = 0, to = input.time.length): Promise<bigint> {
  const arena = await Arena.create(module);
  const encoder = new CopyEncoder(arena, { ...place(arena, input), type: input.type });
  encoder.encode(from, to - from);
  return encoder.stats().checksum;
}

const changed = (input: Table, row: number, column: number, value: number): Table => ({
  ...input,
  columns: input.columns.map((values, i) => (i === column ? values.with(row, value) : values)),
});

describe('checksum', () => {
  test('takes its keys from splitmix64', async () => {
    // First outputs from seed 0, as printed by Vigna's splitmix64.c.
    expect(splitmix(3)).toEqual([0xe220a8397b1dcdafn, 0x6e789e6aa1b965f4n, 0x06c45d188009454fn]);
    const arena = await Arena.create(module);
    const keys = arena.allocate(1600 * 8);
    arena.exports.fillKeys(keys, 1600);
    const found = [...new BigUint64Array(arena.memory.buffer, keys, 1600)];
    expect(found).toEqual(splitmix(1600).map(key => key | 1n));
    expect(new Set(found).size).toBe(1600);
  });

  test('is the sum of the checksums of any two parts', async () => {
    const property = fc.asyncProperty(table, fc.nat(40), async (input, at) => {
      const cut = Math.min(at, input.time.length);
      const sum = (await checksumOf(input, 0, cut)) + (await checksumOf(input, cut));
      expect(await checksumOf(input)).toBe(BigInt.asUintN(64, sum));
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test('does not depend on the order of the rows', async () => {
    const property = fc.asyncProperty(table, async input => {
      const reversed = {
        ...input,
        time: input.time.toReversed(),
        columns: input.columns.map(c => c.toReversed()),
      };
      expect(await checksumOf(reversed)).toBe(await checksumOf(input));
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test('takes any NaN and either infinity for NULL', async () => {
    const arena = await Arena.create(module);
    const input = changed(plainTable('double', 9, 2), 4, 1, NaN);
    const planes = place(arena, input);
    const encoder = new CopyEncoder(arena, planes);
    const cell = new BigUint64Array(arena.memory.buffer, planes.columns[1]! + 4 * 8, 1);
    for (const bits of [0x7ff0000000000001n, 0xfff8000000000123n, 0x7fffffffffffffffn, 0x7ff0000000000000n]) {
      cell[0] = bits;
      encoder.reset();
      encoder.encode(0, 9);
      expect(encoder.stats().checksum).toBe(await checksumOf(input));
    }
  });

  test.each(['double', 'real'] as const)(
    'changes with every bit of a %s cell and every step of the time',
    async type => {
      const arena = await Arena.create(module);
      const input = plainTable(type, 9, 3);
      const planes = place(arena, input);
      const encoder = new CopyEncoder(arena, { ...planes, type });
      const seen: bigint[] = [];
      const note = () => {
        encoder.reset();
        encoder.encode(0, 9);
        seen.push(encoder.stats().checksum);
      };
      note();
      const bits = new BigUint64Array(arena.memory.buffer, planes.columns[1]!, 1);
      const clean = bits[0]!;
      // Of a double that is read as a real, the lower 29 bits of the fraction are rounded away.
      for (let bit = type === 'double' ? 0 : 29; bit < 64; ++bit) {
        bits[0] = clean ^ (1n << BigInt(bit));
        if (holds(bits[0], type)) note();
      }
      bits[0] = clean;
      const time = arena.f64(planes.time, 9);
      for (let step = 1; step <= 50; ++step) {
        time[8] = input.time[8]! + step;
        note();
      }
      expect(seen.length).toBeGreaterThan(75);
      expect(new Set(seen).size).toBe(seen.length);
    },
  );

  test('tells two flipped signs, swapped columns, swapped cells and a doubled row apart', async () => {
    for (const type of ['double', 'real'] as const) {
      const input = plainTable(type, 8, 4);
      const [a, b, c, d] = input.columns as [number[], number[], number[], number[]];
      const minus = (values: number[]) => values.map(x => -x);
      const variants: Table[] = [
        input,
        { ...input, columns: [minus(a), minus(b), c, d] },
        { ...input, columns: [a, b, minus(c), minus(d)] },
        { ...input, columns: [b, a, c, d] },
        { ...input, columns: [a.with(0, a[1]!).with(1, a[0]!), b, c, d] },
        { ...input, time: input.time.with(0, input.time[1]!).with(1, input.time[0]!) },
        { ...input, time: [...input.time, input.time[0]!], columns: input.columns.map(x => [...x, x[0]!]) },
        changed(input, 0, 0, 0),
        changed(input, 0, 0, -0),
        changed(input, 0, 0, NaN),
        changed(input, 0, 1, NaN),
      ];
      const sums = new Set(await Promise.all(variants.map(variant => checksumOf(variant))));
      expect(sums.size).toBe(variants.length);
    }
  });
});

/** Whether the type holds the number with these bits, neither NULL nor zero. */
function holds(bits: bigint, type: 'double' | 'real'): boolean {
  const value = new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
  const kept = type === 'real' ? Math.fround(value) : value;
  return Number.isFinite(kept) && kept !== 0;
}
