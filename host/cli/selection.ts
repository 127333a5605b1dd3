import type { PrepareOptions } from '../backfill/prepare.ts';
import type { Settings } from '../config/table.ts';
import { WindrowError } from '../errors.ts';
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

/** The ranges that --months, or --from and --to, ask for: one per month, or one over all. */
export function monthRanges({
  months,
  from,
  to,
}: Pick<Flags, 'months' | 'from' | 'to'>): Pick<Flags, 'from' | 'to'>[] {
  if (months === undefined)
    return [{ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  if (from === undefined && to === undefined)
    return [...new Set(months)].sort().map(month => ({ from: month, to: month }));
  const what = 'option "--months" goes without "--from" and "--to"';
  throw new WindrowError('WR_USAGE', { what, command: 'windrow' });
}
