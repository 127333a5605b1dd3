import { acrossSeries } from './operators/across.ts';
import { arithmetic } from './operators/arithmetic.ts';
import { calendar } from './operators/calendar.ts';
import { changes } from './operators/changes.ts';
import { cointegration } from './operators/cointegration.ts';
import { fits } from './operators/fits.ts';
import { garch } from './operators/garch.ts';
import { hiddenMarkov } from './operators/hiddenMarkov.ts';
import { order } from './operators/order.ts';
import { partial } from './operators/partial.ts';
import { regressions } from './operators/regressions.ts';
import { rolling } from './operators/rolling.ts';
import { singular } from './operators/singular.ts';
import { spectra } from './operators/spectra.ts';
import type { Operator } from './operators/types.ts';
import { wavelets } from './operators/wavelets.ts';

export type { Operator } from './operators/types.ts';

/** Every operator of the vocabulary. */
export const operators: readonly Operator[] = [
  ...arithmetic,
  ...rolling,
  ...fits,
  ...partial,
  ...acrossSeries,
  ...regressions,
  ...cointegration,
  ...spectra,
  ...wavelets,
  ...singular,
  ...garch,
  ...hiddenMarkov,
  ...changes,
  ...order,
  ...calendar,
];

export const operatorByName: ReadonlyMap<string, Operator> = new Map(operators.map(o => [o.name, o]));

if (operatorByName.size !== operators.length) throw new Error('two operators have the same name');
