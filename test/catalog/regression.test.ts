import { describe, expect, test } from 'vitest';
import { familyByName, featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { computeFeatures } from '../../host/index.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// Columns that repeat another one by construction: as such they are told, planned and computed.

const set = setByName('fx');
const windows = ['w15', 'w30', 'w45', 'w60', 'w75', 'agg'];
/** By metric: the one that it is identical to, or what it is. */
const identities: readonly (readonly [string, string, (x: number) => number])[] = [
  ['residual_mean', 'rmse', x => 0 * x],
  ['residual_std', 'rmse', x => x],
  ['fit_quality', 'r2', x => x],
  ['curvature', 'a2', Math.abs],
];

describe.each(['reg_rate', 'reg_bqx'])('%s', name => {
  const features = featuresOf(set, [familyByName(set, name)]);

  test.each(identities)('%s is the %s that it is by construction', async (metric, of, made) => {
    for (const shape of ['walk', 'nulls', 'stalls', 'flat']) {
      const { parameters } = shapes.find(candidate => candidate.name === shape)!;
      const bars = barsOfShape(shapes.find(candidate => candidate.name === shape)!, 3, 400);
      const names = windows.flatMap(window => [`${name}.${window}_${metric}`, `${name}.${window}_${of}`]);
      const { columns } = await computeFeatures(bars, names, { set: 'fx', parameters });
      for (const window of windows) {
        const [found, source] = [
          columns[`${name}.${window}_${metric}`]!,
          columns[`${name}.${window}_${of}`]!,
        ];
        expect(found, `${window} on ${shape}`).toEqual(source.map(made));
      }
    }
  });

  test('tells identities, and computes those that are equal once', () => {
    const told = features.filter(({ description }) => description.includes('identical to'));
    expect(told.map(({ name: feature }) => feature)).toEqual(
      windows.flatMap(window => [
        `${window}_residual_mean`,
        `${window}_residual_std`,
        `${window}_curvature`,
        `${window}_fit_quality`,
      ]),
    );
    const planned = planFeatures(set, features).features;
    expect(new Set(planned.map(({ ref }) => ref.node)).size).toBe(90 - 2 * windows.length);
  });
});
