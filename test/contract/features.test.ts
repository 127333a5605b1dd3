import { expect, test } from 'vitest';
import { computeFeatures } from '../../host/index.ts';
import { describeShapes, seed } from '../support/featureSources.ts';
import { naiveFeatures } from '../support/naive/index.ts';
import { barsOfShape, plainShapes, shapes } from '../support/shapes.ts';

// Every feature against its reference, over markets as they are; featuresOdd.test.ts has those as they should not be.

describeShapes(plainShapes);

test('the reference covers what the set offers, and nothing else', async () => {
  const bars = barsOfShape({ ...shapes[0]!, rows: 2 }, seed);
  const { columns } = await computeFeatures(bars, 'all', { set: 'fx', parameters: shapes[0]!.parameters });
  expect(Object.keys(columns).sort()).toEqual(Object.keys(naiveFeatures).sort());
});
