import type { PrepareOptions } from '../backfill/prepare.ts';
import type { ResolvedSettings } from '../config/settings.ts';
import type { Settings } from '../config/table.ts';
import { WindrowError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { Context } from './command.ts';
import { withDatabase } from './database.ts';
import type { Flags } from './options.ts';
import { configuredSet, requireLayout, setConfigOf } from './set.ts';

/** What settings and flags say about a backfill, as `backfill()` takes it. */
export function backfillChoice(values: Settings, flags: Pick<Flags, 'from' | 'to'>): PrepareOptions {
  const { set, pairs, families, schema, type, source, baselines, horizonBits } = values;
  const parameters = { baseline: baselines };
  return {
    set,
    setConfig: setConfigOf(values),
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

/** Raises what is wrong with a selection by itself, before a database is opened for it. */
async function checkSelection(
  resolved: ResolvedSettings,
  flags: Pick<Flags, 'months' | 'from' | 'to'>,
  partitionsOnly: string | undefined,
): Promise<void> {
  const { parseMonth } = await import('../bars/calendar.ts');
  const { familyByName } = await import('../catalog/catalog.ts');
  const known = await configuredSet(resolved);
  if (partitionsOnly !== undefined) await requireLayout(known, 'partitions', partitionsOnly);
  for (const family of resolved.values.families ?? []) familyByName(known, family);
  for (const range of monthRanges(flags)) {
    const [from, to] = [range.from, range.to].map(month =>
      month === undefined ? undefined : parseMonth(month),
    );
    if (from !== undefined && to !== undefined && from > to) throw new WindrowError('WR_RANGE', range);
  }
}

/** Opens the database for a command that works on a selection, once the selection is found to be sound. */
export async function withSelection<T>(
  context: Pick<Context, 'settings'> & {
    readonly flags: Pick<Flags, 'months' | 'from' | 'to'>;
    /** The command's name, where it works on partitions only. */
    readonly partitionsOnly?: string;
  },
  body: (database: Database, values: Settings) => Promise<T>,
): Promise<T> {
  const resolved = await context.settings();
  await checkSelection(resolved, context.flags, context.partitionsOnly);
  return withDatabase(context, database => body(database, resolved.values));
}
