import { beforeAll, describe, expect, it } from 'vitest';
import { kernelByName, kernels, spansOf } from '../../host/catalog/kernels.ts';
import { firstDifference, Kernels, type KernelUse } from './kernel.ts';
import { hex, seeded } from './kernelShapes.ts';

/** A plane written, as its slow twin has it. */
export type Twin = {
  /** The value of row `t`, written from the definition over plain arrays. Rows before the first bar do not exist. */
  readonly naive: (t: number) => number;
  /** Relative to the magnitude; exact when left out. */
  readonly tolerance?: number;
  /** What the result is the sum of, where terms cancel; the result itself when left out. */
  readonly magnitude?: (t: number) => number;
};

/** One thing to run: planes from the first bar on, the kernel's immediates, and its slow twin. */
export type KernelCase = Omit<KernelUse, 'outs'> & {
  readonly label: string;
  readonly planes: readonly Float64Array[];
} & (
    | Twin
    | {
        /** A twin for each plane written, of a kernel that writes several. */ readonly twins: readonly Twin[];
      }
  );

const blocks = [1, 2, 3, 5, 7, 13, 100, 512];

/** A case as the kernel's call, its planes and the twins, with a name for messages. */
const asUse = (given: KernelCase) => {
  const { label, planes, name, params, table, scratchBytes, span } = given;
  const twins = 'twins' in given ? given.twins : [given];
  const { results, list } = kernelByName.get(name)!;
  const use: KernelUse = {
    name,
    params,
    span,
    spans: spansOf(kernelByName.get(name)!, params, planes.length),
    outs: twins.length,
    ...(results ? { results } : {}),
    ...(list ? { list } : {}),
    ...(table ? { table } : {}),
    ...(scratchBytes === undefined ? {} : { scratchBytes }),
  };
  return { use, planes, twins, title: `${name}(${params}) of ${label}` };
};

/** Registers what every kernel promises, over all `cases`, for each plane that it writes. */
export function keepsTheContract(file: string, given: readonly KernelCase[]): void {
  describe(`kernels of ${file}.ts`, () => {
    const cases = given.map(asUse);
    let release: Kernels;
    let debug: Kernels;
    beforeAll(async () => {
      release = await Kernels.open(file);
      debug = await Kernels.open(file, 'debug');
    });

    const compare = (
      title: string,
      found: readonly Float64Array[],
      expected: readonly Float64Array[],
    ): void => {
      expected.forEach((plane, out) => {
        const row = firstDifference(found[out]!, plane);
        if (row < 0) return;
        const of = expected.length > 1 ? `, output ${out}` : '';
        expect.fail(`${title}${of}, row ${row}: ${hex(found[out]![row]!)} instead of ${hex(plane[row]!)}`);
      });
    };

    it('are all tried, with the planes and numbers that the planner gives them', () => {
      const declared = kernels.filter(kernel => kernel.file === file).map(({ name }) => name);
      expect([...new Set(cases.map(({ use }) => use.name))].sort()).toEqual(declared.sort());
      for (const { use, planes, title } of cases) {
        const { ins, list, params, parts = [''], results } = kernelByName.get(use.name)!;
        expect([planes.length, use.params.length, use.outs], title).toEqual([
          list ? planes.length : ins,
          params.length,
          results ? use.outs : parts.length,
        ]);
      }
    });

    it('equal their naive twins', () => {
      for (const { use, planes, twins, title } of cases) {
        release.runAll(use, planes).forEach((found, out) => {
          const { naive, tolerance = 0, magnitude } = twins[out]!;
          found.forEach((value, t) => {
            const expected = naive(t);
            const error = Math.abs(value - expected);
            if (Object.is(value, expected) || error <= tolerance * (magnitude?.(t) ?? Math.abs(expected)))
              return;
            const of = twins.length > 1 ? `, output ${out}` : '';
            expect.fail(`${title}${of}, row ${t}: ${hex(value)} instead of ${hex(expected)}`);
          });
        });
      }
    });

    it('give the same bits however the rows are cut and aligned', () => {
      for (const { use, planes, title } of cases) {
        const whole = release.runAll(use, planes);
        for (const block of blocks) {
          const cut = { block, shift: block % 2 === 0 ? 0 : 1 } as const;
          compare(`${title} in blocks of ${block}`, release.runAll(use, planes, cut), whole);
        }
      }
    });

    it('depend on no row outside their span', () => {
      for (const { use, planes, title } of cases) {
        const whole = release.runAll(use, planes);
        for (const poison of [NaN, 12_345.678]) {
          const found = release.runAll(use, planes, { block: 37, poison });
          compare(`${title}, ${poison} elsewhere`, found, whole);
        }
      }
    });

    const keeping = cases.filter(({ use }) => use.scratchBytes);
    if (keeping.length > 0) {
      it('give the same bits whatever they computed before', () => {
        const random = seeded(31);
        for (const { use, planes, title } of keeping) {
          const whole = release.runAll(use, planes);
          const rows = planes[0]!.length;
          const { call, outputs, below } = release.place(use, planes);
          for (let turn = 0, next = 0; turn < 60; turn++) {
            // on from the rows before, again, or somewhere else
            const first =
              turn % 5 === 4 ? Math.floor(random() * (rows - 41)) : turn % 5 === 3 ? next - 1 : next;
            const count = turn % 3 === 0 ? 1 : 1 + Math.floor(random() * 40);
            if (first < 0 || first + count > rows) {
              next = 0;
              continue;
            }
            call(first, count);
            next = first + count;
            outputs.forEach((output, out) => {
              const found = output.subarray(below + first, below + next);
              compare(`${title} from row ${first}`, [found], [whole[out]!.subarray(first, next)]);
            });
          }
        }
      });
    }

    it('have the same bits in the debug build', () => {
      for (const { use, planes, title } of cases)
        compare(title, debug.runAll(use, planes), release.runAll(use, planes));
    });

    const fused = cases.filter(({ use }) => kernelByName.get(use.name)?.parts);
    if (fused.length > 0) {
      it('write the bits of their parts', () => {
        for (const { use, planes, title } of fused) {
          const alone = kernelByName
            .get(use.name)!
            .parts!.map(name =>
              release.run({ ...use, name, outs: 1 }, planes.slice(0, kernelByName.get(name)!.ins)),
            );
          compare(`${title} beside its parts`, release.runAll(use, planes), alone);
        }
      });
    }

    it('import memory and nothing else', () => {
      expect(WebAssembly.Module.imports(release.module)).toEqual([
        { module: 'env', name: 'memory', kind: 'memory' },
      ]);
    });
  });
}
