import binaryen from 'assemblyscript/binaryen';
import { expect, it } from 'vitest';
import { countInstructions, exceeding, storedCounts } from '../bench/instructions.ts';
import { executed, metered } from '../support/metered.ts';

// Speed as a number that is the same on every machine: what has become slower because it does more is found here, what has
// become slower otherwise by `npm run bench -- gate`.

it('a metered module counts what computes, loads, stores and branches', async () => {
  const parsed = binaryen.parseText(`(module
    (memory 1)
    (global $other (mut i32) (i32.const 7))
    (func $square (param $x f64) (result f64) (f64.mul (local.get $x) (local.get $x)))
    (func (export "sum") (param $n i32) (result f64) (local $i i32) (local $sum f64)
      (loop $again
        (if (i32.and (local.get $i) (i32.const 1))
          (then (f64.store offset=65000 (i32.const 300) (local.get $sum))))
        (local.set $sum (f64.add (local.get $sum) (call $square (f64.convert_i32_s (local.get $i)))))
        (br_if $again (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (local.get $sum)))`);
  const bytes = parsed.emitBinary();
  parsed.dispose();
  const { instance } = await WebAssembly.instantiate(metered(bytes));
  const { sum } = instance.exports as { sum: (n: number) => number };
  expect(executed(instance.exports)).toBe(0);
  expect(sum(10)).toBe(285);
  // and, if, convert, call, add; mul; add, lt, br_if: nine a turn, and a store in every other
  expect(executed(instance.exports)).toBe(10 * 9 + 5);
  sum(3);
  expect(executed(instance.exports)).toBe(95 + 3 * 9 + 1);
});

it('takes no more instructions a cell and a live bar than are stored, by more than a tenth', async () => {
  expect(exceeding(await countInstructions(), storedCounts())).toEqual([]);
});

it('finds what takes more, what is new and what is gone', () => {
  const stored = { a: 100, b: 100, gone: 1 };
  expect(exceeding({ a: 109, b: 111, new: 1 }, stored)).toEqual([
    'b: 111, stored 100',
    'new: 1, stored nothing',
    'gone: nothing, stored 1',
  ]);
});
