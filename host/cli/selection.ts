import type { PrepareOptions } from '../backfill/prepare.ts';
import type { Settings } from '../config/table.ts';
import type { Flags } from './options.ts';

/** What settings and flags say about a backfill, as `backfill()` takes it. */
export function backfillChoice(values: Settings, flags: Pick<Flags, 'from' | 'to'>): PrepareOptions {
  const { set, pairs, families, schema, type, source, baselines, horizonBits } = values;
  const parameters = { baseline: baselines };
  return {
    set,
    symbols: pairs,
    families,
    schema,
    type,
    source,
    parameters,
    horizonBits,
    from: flags.from,
    to: flags.to,
  };
}
