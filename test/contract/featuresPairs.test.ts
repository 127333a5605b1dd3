import { describe } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { barsBetween } from '../support/contract.ts';
import { agreeAcross, seed } from '../support/featureSources.ts';
import { type FxMarket, fxMarkets } from '../support/fxMarket.ts';

// The features that read other pairs against their references, over pairs that belong together.

const [pairs, ties, holes] = fxMarkets(seed);

describe('a pair of the panel', () => agreeAcross(pairs!, 'eurusd', { decided: () => true }));
describe('a pair in coarse steps', () => agreeAcross(ties!, 'eurjpy'));
describe('a pair beside the panel', () => agreeAcross(holes!, 'gbpnzd'));

/** Other bars for some symbols of the market, the own ones as many as the slowest family needs for a start. */
const changed = (own: string, others: Record<string, Bars>): FxMarket => {
  const { name, bars, parameters } = pairs!;
  const all = { ...bars, ...others };
  return {
    name,
    bars: { ...all, [own]: barsBetween(all[own]!, 0, 1_560) },
    parameters: { ...parameters, xauusd: parameters.gbpjpy! },
  };
};

describe('a symbol that is no pair', () => {
  agreeAcross(changed('xauusd', { xauusd: pairs!.bars.gbpjpy! }), 'xauusd');
});

describe('a pair of a market where two are the same', () => {
  const market = changed('gbpusd', { nzdusd: pairs!.bars.audusd! });
  agreeAcross(market, 'gbpusd', {}, ['error_correction_rate', 'error_correction_bqx']);
});
