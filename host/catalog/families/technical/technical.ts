import type { Domain } from '../../domains.ts';
import type { Family } from '../../family.ts';
import { flow } from './flow.ts';
import { indicated } from './indicated.ts';
import { momentum } from './momentum.ts';
import { oscillators } from './oscillators.ts';
import { trend } from './trend.ts';
import { volatility } from './volatility.ts';

/** Technical indicators, by Wilder's and exponential means with a finite horizon. */
export function technical(domain: Domain): Family {
  const of = indicated(domain);
  return {
    name: `technical_${domain.name}`,
    title: `Technical indicators, ${domain.name} domain`,
    features: [oscillators, momentum, trend, volatility, flow].flatMap(part => part(of)),
  };
}
