import { sets } from '../../host/catalog/catalog.ts';
import type { FeatureSet } from '../../host/catalog/set.ts';
import { Engine } from '../../host/engine/engine.ts';
import { familyPicture } from './familyPicture.ts';
import { folderOf } from './featuresPage.ts';
import { pictureBars } from './pictureBars.ts';

/** The pictures of a set's families by their paths, computed by the built module. */
async function picturesOf(set: FeatureSet): Promise<[path: string, svg: string][]> {
  const engine = await Engine.create({ set: set.name });
  const plan = engine.plan('all');
  const { symbol, bars, firstRow, peers } = pictureBars(set, plan);
  const { time, columns } = await engine.compute(bars, 'all', { symbol, firstRow, peers });
  return set.families.map(family => {
    const values = (name: string): Float64Array => columns[`${family.name}.${name}`]!;
    return [`docs/${folderOf(set)}/${family.name}.svg`, familyPicture(family, time, values)];
  });
}

/** The picture of every family by its path in the repository. */
export const pictures = async (): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await Promise.all(sets.map(picturesOf))).flat());
