import { describeShapes } from '../support/featureSources.ts';
import { plainShapes, shapes } from '../support/shapes.ts';

// Every feature against its reference, over numbers that are large, tiny, missing, standing still or out of line.

describeShapes(shapes.map(({ name }) => name).filter(name => !plainShapes.includes(name)));
