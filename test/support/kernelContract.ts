import { beforeAll, describe, expect, it } from 'vitest';
import { firstDifference, Kernels, type KernelUse } from './kernel.ts';
import { hex } from './kernelShapes.ts';

/** One thing to run: planes from the first bar on, the kernel's immediates, and its slow twin. */
export type KernelCase = KernelUse & {
  readonly label: string;
  readonly planes: readonly Float64Array[];
  /** The value of row `t`, written from the definition over plain arrays. Rows before the first bar do not exist. */
  readonly naive: (t: number) => number;
  /** Relative to the magnitude; exact when left out. */
  readonly tolerance?: number;
  /** What the result is the sum of, where terms cancel; the result itself when left out. */
  readonly magnitude?: (t: number) => number;
};

const blocks = [1, 2, 3, 5, 7, 13, 100, 512];

/** Registers what every kernel promises, over all `cases`. */
export function keepsTheContract(file: string, cases: readonly KernelCase[]): void {
  describe(`kernels of ${file}.ts`, () => {
    let release: Kernels;
    let debug: Kernels;
    beforeAll(async () => {
      release = await Kernels.open(file);
      debug = await Kernels.open(file, 'debug');
    });

    const compare = (label: string, found: Float64Array, expected: Float64Array) => {
      const row = firstDifference(found, expected);
      if (row >= 0)
        expect.fail(`${label}, row ${row}: ${hex(found[row]!)} instead of ${hex(expected[row]!)}`);
    };

    it('equal their naive twins', () => {
      for (const { label, planes, naive, tolerance = 0, magnitude, ...use } of cases) {
        const found = release.run(use, planes);
        found.forEach((value, t) => {
          const expected = naive(t);
          const error = Math.abs(value - expected);
          if (Object.is(value, expected) || error <= tolerance * (magnitude?.(t) ?? Math.abs(expected)))
            return;
          expect.fail(
            `${use.name}(${use.params}) of ${label}, row ${t}: ${hex(value)} instead of ${hex(expected)}`,
          );
        });
      }
    });

    it('give the same bits however the rows are cut and aligned', () => {
      for (const { label, planes, ...use } of cases) {
        const whole = release.run(use, planes);
        for (const block of blocks) {
          const cut = { block, shift: block % 2 === 0 ? 0 : 1 } as const;
          compare(
            `${use.name}(${use.params}) of ${label} in blocks of ${block}`,
            release.run(use, planes, cut),
            whole,
          );
        }
      }
    });

    it('depend on no row outside their span', () => {
      for (const { label, planes, ...use } of cases) {
        const whole = release.run(use, planes);
        for (const poison of [NaN, 12_345.678]) {
          const found = release.run(use, planes, { block: 37, poison });
          compare(`${use.name}(${use.params}) of ${label}, ${poison} elsewhere`, found, whole);
        }
      }
    });

    it('have the same bits in the debug build', () => {
      for (const { label, planes, ...use } of cases) {
        compare(`${use.name}(${use.params}) of ${label}`, debug.run(use, planes), release.run(use, planes));
      }
    });

    it('import memory and nothing else', () => {
      expect(WebAssembly.Module.imports(release.module)).toEqual([
        { module: 'env', name: 'memory', kind: 'memory' },
      ]);
    });
  });
}
