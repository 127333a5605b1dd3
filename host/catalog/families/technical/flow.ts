import { type Feature, feature } from '../../family.ts';
import { volume } from '../../quotes.ts';
import { strength } from '../../ranges.ts';
import { mul, ratio, ratioOr, sub, sum } from '../../vocabulary.ts';
import type { Indicated } from './indicated.ts';

const moneyWindow = 14;
const closeWindow = 20;

/** Where volume goes. */
export function flow({ domain, ...of }: Indicated): Feature[] {
  const { bar, noun } = domain;
  const location = ratioOr(sub(sub(bar.close, bar.low), sub(bar.high, bar.close)), of.barRange, 0);
  const kind = domain.name === 'rate' ? 'bar' : 'bar of five rows';
  return [
    feature(
      `w${moneyWindow}_mfi`,
      strength(sum(of.inflow, moneyWindow), sum(of.outflow, moneyWindow)),
      '0..100',
      `Money flow index of the ${noun} over ${moneyWindow} rows; 100 without outflow, 50 without flow.`,
      'Quong and Soudack 1989',
    ),
    feature(
      `w${closeWindow}_cmf`,
      ratio(sum(mul(location, volume), closeWindow), sum(volume, closeWindow)),
      '-1..1',
      `Chaikin money flow of the ${noun} over ${closeWindow} rows: volume weighted with the place of the close in the ${kind}.`,
      'Kirkpatrick and Dahlquist 2006',
    ),
  ];
}
