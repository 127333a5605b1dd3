import { describe } from 'vitest';
import { agrees, dollar, real, yen } from '../support/featureSources.ts';
import { hasRealBars, noRealBars } from '../support/realBars.ts';

// Every feature against its reference, over files with tick volume, with quotes, without volume, with missing hours, and
// of another asset.

const sources = [
  real('fx_m1_2021q1/GBPUSD.csv.gz', dollar, 0, 4_400),
  real('fx_m1_2021q1/USDJPY.csv.gz', yen, 20_000, 1_500),
  real('fx_m1_bidask/lean_oanda_EURUSD.csv.gz', dollar, 0, 2_000),
  real('fx_m1_bidask/lean_fxcm_NZDUSD.csv.gz', dollar, 3_000, 1_500),
  real('fx_m1_bidask/fxcm_USDJPY_201302.csv.gz', yen, 0, 1_500),
  real('fx_m1_gappy_202306/AUDUSD.csv.gz', dollar, 1_000, 1_500),
  real('fx_m1_histdata_2019/USDCHF.csv.gz', dollar, 60_000, 1_500),
  real('crypto_1m_2024/BTCUSDT.csv.gz', { baseline: 65_000, pip: 0.01 }, 0, 1_500),
];

describe.skipIf(!hasRealBars)(hasRealBars ? 'on real bars' : noRealBars, () => {
  describe.each(sources)('$name', source => agrees(source));
});
