import { featuresOf, setByName } from '../../host/catalog/catalog.ts';

// What the set `fx` holds, for tests that count its tables or features.

const fx = setByName('fx');
export const fxFamilies = fx.families.length;
export const fxFeatures = featuresOf(fx).length;
