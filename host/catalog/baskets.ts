import { bqxReturn, type Domain, rateIndex } from './domains.ts';
import { type Expr, named, parameter, peer } from './expr.ts';
import { basePeers, quotePeers, sideParameter } from './roles.ts';
import { log, mul, partialMeanOf } from './vocabulary.ts';

/** Of fewer pairs than these nothing is said. */
const fewest = 3;

const roles = { base: basePeers, quote: quotePeers } as const;

/** What levels of pairs are held against each other: the logarithm of an index, the momentum as it is. */
export const placeOf = ({ name }: Domain): Expr => (name === 'rate' ? log(rateIndex) : bqxReturn(15));

/** Mean place of the pairs that share a currency, each turned round where it has it on the other side. */
export const basketOf = (domain: Domain, shared: 'base' | 'quote'): Expr => {
  const turned = mul(parameter(sideParameter), placeOf(domain));
  return named(
    `${shared}_basket`,
    partialMeanOf(
      roles[shared].map(role => peer(role, turned)),
      fewest,
    ),
  );
};
