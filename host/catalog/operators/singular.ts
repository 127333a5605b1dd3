import type { Builder, Ref } from '../lowering.ts';
import type { Operator, Param } from './types.ts';

const lengthParam: Param = { name: 'n', min: 8, max: 256, integer: true };
const embeddingParam: Param = { name: 'embedding', min: 4, max: 32, integer: true };
const componentParam: Param = { name: 'component', oneOf: ['trend', 'oscillation', 'noise'] };

// What the kernel is asked for, mirrored by assembly/kernels/singular.ts.
const wants = { component: 0, share: 1, separability: 2, error: 3 } as const;

const silent = 'the sum of all eigenvalues is below 1e-12';

const of = (
  want: keyof typeof wants,
  summary: string,
  more: { readonly nulls?: string; readonly params?: readonly Param[] } = {},
): Operator => ({
  name: `ssa_${want}`,
  args: ['a'],
  params: [lengthParam, embeddingParam, ...(more.params ?? [])],
  summary: `${summary} in the singular spectrum of the last \`n\` rows less their mean, the current one included, in vectors of \`embedding\` rows: the first eigenvector is trend, the second and third are oscillation, the rest is noise`,
  nulls: more.nulls === undefined ? silent : `${silent}, or ${more.nulls}`,
  fault: ([n, embedding]) =>
    Number(embedding) * 2 > Number(n)
      ? `embedding is ${embedding}, expected at most half of n, which is ${n}`
      : undefined,
  lower: (b: Builder, [x], [n, embedding, component]): Ref => {
    const which = component === undefined ? 0 : componentParam.oneOf!.indexOf(String(component));
    return b.kernel('singular', [x!], [Number(n), Number(embedding)], Float64Array.of(wants[want], which));
  },
});

/** Singular spectrum analysis of a window. */
export const singular: readonly Operator[] = [
  of('component', 'value of the component at the current row', { params: [componentParam] }),
  of('share', "share of the component's eigenvalues in the sum of all", { params: [componentParam] }),
  of('separability', '1 less the magnitude of the weighted correlation of trend and oscillation', {
    nulls: 'the product of the weighted norms of both below 1e-12',
  }),
  of('error', 'root mean square of the noise over the population sd of the rows', {
    nulls: 'that sd below 1e-12',
  }),
];
