import { barColumns } from '../bars.ts';
import { bqx, rate } from '../domains.ts';
import { bollinger } from '../families/bollinger.ts';
import { bqxBase } from '../families/bqxBase.ts';
import { correlation } from '../families/correlation.ts';
import { crossSectionalPanel } from '../families/crossSectionalPanel.ts';
import { errorCorrection } from '../families/errorCorrection.ts';
import { fibonacci } from '../families/fibonacci.ts';
import { hmmRegime } from '../families/hmmRegime.ts';
import { laggedCrossWindow } from '../families/laggedCrossWindow.ts';
import { liquidity } from '../families/liquidity.ts';
import { marketRegime } from '../families/marketRegime.ts';
import { microstructure } from '../families/microstructure.ts';
import { movingAverages } from '../families/movingAverages.ts';
import { multiScale } from '../families/multiScale.ts';
import { parabolicComparison } from '../families/parabolicComparison.ts';
import { realizedVolatility } from '../families/realizedVolatility.ts';
import { regression } from '../families/regression.ts';
import { spectral } from '../families/spectral.ts';
import { spreadFeatures } from '../families/spread.ts';
import { ssa } from '../families/ssa.ts';
import { statistics } from '../families/statistics.ts';
import { technical } from '../families/technical/technical.ts';
import { timeFeatures } from '../families/time.ts';
import { volatilitySurface } from '../families/volatilitySurface.ts';
import { volumeFeatures } from '../families/volume.ts';
import { wavelet } from '../families/wavelet.ts';
import { declaredOnce } from '../family.ts';
import { mid, tickRule } from '../quotes.ts';
import { pairRoles } from '../roles.ts';
import type { FeatureSet } from '../set.ts';

const pairs = (
  'audcad audchf audjpy audnzd audusd cadchf cadjpy chfjpy euraud eurcad eurchf eurgbp eurjpy eurnzd ' +
  'eurusd gbpaud gbpcad gbpchf gbpjpy gbpnzd gbpusd nzdcad nzdchf nzdjpy nzdusd usdcad usdchf usdjpy'
).split(' ');

const families = declaredOnce(() => [
  bqxBase(),
  movingAverages(),
  bollinger(rate),
  bollinger(bqx),
  statistics(rate),
  statistics(bqx),
  volumeFeatures(),
  spreadFeatures(),
  timeFeatures(),
  regression(rate),
  regression(bqx),
  parabolicComparison(rate),
  parabolicComparison(bqx),
  realizedVolatility(rate),
  realizedVolatility(bqx),
  liquidity(rate),
  liquidity(bqx),
  technical(rate),
  technical(bqx),
  fibonacci(rate),
  fibonacci(bqx),
  multiScale(30, rate),
  multiScale(30, bqx),
  multiScale(60, rate),
  multiScale(60, bqx),
  microstructure(rate),
  microstructure(bqx),
  laggedCrossWindow(rate),
  laggedCrossWindow(bqx),
  spectral(rate),
  spectral(bqx),
  wavelet(rate),
  wavelet(bqx),
  ssa(rate),
  ssa(bqx),
  correlation(rate),
  correlation(bqx),
  crossSectionalPanel(),
  marketRegime(rate),
  marketRegime(bqx),
  errorCorrection(rate),
  errorCorrection(bqx),
  hmmRegime(rate),
  hmmRegime(bqx),
  volatilitySurface(rate),
  volatilitySurface(bqx),
]);

/** Currency pairs on minute bars. */
export const fx: FeatureSet = {
  name: 'fx',
  title: 'Currency pairs on one-minute bars',
  symbols: pairs,
  bars: {
    table: 'market_data',
    intervalMinutes: 1,
    columns: barColumns,
    partition: 'symbol-month',
    timeColumn: 'ts_utc',
    symbolColumn: 'symbol',
  },
  horizonBits: 53,
  nullPolicy: 'strict',
  layout: { kind: 'partitions', symbolColumn: 'pair', timeColumn: 'ts_utc' },
  peers: { asOfMinutes: 5, roles: pairRoles(pairs) },
  parameters: [
    {
      name: 'baseline',
      description:
        'price at which the rate index is 100: the close of the first bar at or after 2024-07-01 00:00 UTC, else of the first bar',
      from: { kind: 'close', atOrAfter: Date.UTC(2024, 6, 1) * 1000 },
    },
    {
      name: 'pip',
      description: 'smallest customary price step: 0.01 for quotes in yen, else 0.0001',
      from: { kind: 'symbol', value: symbol => (symbol.endsWith('jpy') ? 0.01 : 0.0001) },
    },
  ],
  get families() {
    return families();
  },
  words: [...Object.values(rate.bar), ...Object.values(bqx.bar), mid, tickRule],
  options: {},
  off: [],
};
