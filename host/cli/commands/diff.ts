import type { Settings } from '../../config/table.ts';
import type { DiffReport, FeatureDiff } from '../../movement.ts';
import type { Database } from '../../store/database.ts';
import { type Context, command, type ExitCode } from '../command.ts';
import { count, counted, percent } from '../format.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { backfillChoice, withSelection } from '../selection.ts';
import { configuredSet, rowChoice } from '../set.ts';

const shown = (value: number): string => String(Number(value.toPrecision(3)));

const timeText = (time: number): string => new Date(time / 1000).toISOString().slice(0, 16).replace('T', ' ');

async function print(output: Output, features: readonly FeatureDiff[]): Promise<void> {
  const { printTable } = await import('../table.ts');
  printTable(output, {
    head: ['feature', '', 'cells', 'other', 'NULL before', 'NULL now', 'largest', 'relative', 'at'],
    rows: features.map(({ family, feature, state, cells, differing, at, ...one }) => [
      ...[`${family}.${feature}`, state],
      ...(state === 'moved'
        ? [
            ...[count(cells), percent(differing / cells), count(one.appeared), count(one.vanished)],
            ...[shown(one.largest), shown(one.largestRelative)],
            at ? `${at.symbol} ${timeText(at.time)}` : '',
          ]
        : Array(7).fill('')),
    ]),
    right: [2, 3, 4, 5, 6, 7],
  });
}

/** The settings of another file for the same set, of the same part of it. */
async function otherSettings(file: string, values: Settings): Promise<Settings> {
  const { resolveSettings } = await import('../../config/settings.ts');
  const resolved = resolveSettings({ file, flags: { set: values.set, schema: values.schema } });
  await configuredSet(resolved);
  const { pairs, families, source } = values;
  // a family that only one of the two has is added or removed, and no mistake
  const known = new Set((await configuredSet(resolved)).families.map(({ name }) => name));
  const wanted = families?.filter(name => known.has(name));
  return { ...resolved.values, pairs, source, families: wanted };
}

type Asked = Pick<Context<'from' | 'to' | 'sample' | 'seed' | 'against'>, 'flags' | 'signal'>;

async function diffOfPartitions(
  database: Database,
  values: Settings,
  { flags, signal }: Asked,
): Promise<DiffReport> {
  const { diff: runDiff } = await import('../../backfill/diff.ts');
  const { sample, seed, against: file } = flags;
  const against = file === undefined ? undefined : backfillChoice(await otherSettings(file, values), flags);
  return runDiff({ database, ...backfillChoice(values, flags), against, sample, seed, signal });
}

async function diffOfRows(
  database: Database,
  values: Settings,
  { flags, signal }: Asked,
): Promise<DiffReport> {
  const { diffRows } = await import('../../update/diff.ts');
  const { sample, seed, against: file, from, to } = flags;
  const against = file === undefined ? undefined : rowChoice(database, await otherSettings(file, values));
  return diffRows({ ...rowChoice(database, values), from, to, against, sample, seed, signal });
}

export const diff = command({
  name: 'diff',
  summary: 'say which features have moved, and by how much',
  details:
    'Without --against: of families whose definition has changed since their partitions were stored, stored values against those of the present definitions, from the same bars. With --against: the present configuration against another, both computed; what the other says counts as before. Each on a sample of partitions of each family, or, of a set that is kept row by row, of months of symbols. Nothing is written. Exit code 1: a feature has moved, or is there on one side only.',
  options: [
    ...(['set', ...rangeOptions, 'source', 'type', 'against', 'sample', 'seed', 'all', 'json'] as const),
    ...databaseOptions,
  ],
  meanings: {
    sample:
      'so many partitions of each family, or months of symbols, or such a share, as 20 or 5% (default: 3)',
    all: 'every feature, not only those that have moved',
  },
  examples: [
    { line: 'windrow diff', what: 'before a backfill replaces what an upgrade has made stale' },
    { line: 'windrow diff --set stocks-daily', what: 'before "update --force" replaces rows' },
    { line: 'windrow diff --sample 100% --family bqx_base', what: 'one family, every partition' },
    {
      line: 'windrow diff --against old.yaml --pairs eurusd --from 2024-07',
      what: 'between two configurations',
    },
  ],
  run: context =>
    withSelection<ExitCode>(context, async (database, values) => {
      const { flags, output, signal } = context;
      const { setByName } = await import('../../catalog/catalog.ts');
      const rows = setByName(values.set).layout.kind === 'rows';
      const report = await (rows ? diffOfRows : diffOfPartitions)(database, values, { flags, signal });
      const { families, partitions } = report;
      const other = report.features.filter(({ state }) => state !== 'same');
      const exitCode = other.length > 0 ? 1 : 0;
      const chosen = flags.all ? report.features : other;
      if (output.json) {
        for (const { at, ...feature } of chosen) {
          const place = at && { ...at, time: new Date(at.time / 1000).toISOString() };
          output.object({ kind: 'feature', ...feature, ...(place ? { at: place } : {}) });
        }
        const counts = { features: report.features.length, other: other.length };
        output.object({ kind: 'report', families, partitions, ...counts });
        return exitCode;
      }
      if (families === 0) {
        output.line(`no stored ${rows ? 'row' : 'partition'} is of another definition than the present one`);
        return 0;
      }
      if (chosen.length > 0) {
        await print(output, chosen);
        output.line();
      }
      output.line(
        `${count(other.length)} of ${counted(report.features.length, 'feature')} in ${counted(families, 'family', 'families')} are others, on ${rows ? counted(partitions, 'month of a symbol', 'months of symbols') : counted(partitions, 'partition')}`,
      );
      return exitCode;
    }),
});
