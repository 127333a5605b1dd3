import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { engineRevision } from '../../host/catalog/catalog.ts';
import { computeFeatures } from '../../host/index.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// The bits of every feature, as a hash: the same on every machine, with every engine that runs WebAssembly, and after
// every change that does not mean to change values. One that does raises `engineRevision`, so that stored partitions become
// stale, writes the file again with `npx vitest run -u test/contract/bits`, and is named in the changelog.

const markets = ['walk', 'nulls', 'stalls', 'crossing'];

test('every feature has the bits that it had', async () => {
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  for (const name of markets) {
    const shape = shapes.find(candidate => candidate.name === name)!;
    const bars = barsOfShape(shape, 1);
    const { columns } = await computeFeatures(bars, 'all', { parameters: shape.parameters });
    for (const [feature, values] of Object.entries(columns)) {
      // NULL has one spelling here; -0 and 0 are two
      const canonical = values.map(value => (Number.isNaN(value) ? Number.NaN : value));
      const hash = hashes.get(feature) ?? createHash('sha256');
      hashes.set(feature, hash.update(canonical));
    }
  }
  const lines = [...hashes].map(([feature, hash]) => `${hash.digest('hex').slice(0, 16)} ${feature}\n`);
  lines.unshift(`engine revision ${engineRevision}\n`);
  await expect(lines.join('')).toMatchFileSnapshot('../golden/bits.txt');
});
