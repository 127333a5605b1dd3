import { describe } from 'vitest';
import { agreeAcross } from '../support/featureSources.ts';
import { realFxMarkets } from '../support/fxMarket.ts';
import { hasRealBars, noRealBars } from '../support/realBars.ts';

// The features that read other pairs against their references, over real bars: all pairs by the day, six by the minute.

describe.skipIf(!hasRealBars)(hasRealBars ? 'on real bars' : noRealBars, () => {
  const owns = ['usdcad', 'eurusd'];
  describe.each(realFxMarkets().map((market, i) => ({ ...market, own: owns[i]! })))('$name', market =>
    agreeAcross(market, market.own),
  );
});
