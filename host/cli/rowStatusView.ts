import { setByName } from '../catalog/catalog.ts';
import type { Settings } from '../config/table.ts';
import { WindrowError } from '../errors.ts';
import { type RowStatus, rowStatus } from '../metrics/rowStatus.ts';
import type { Database } from '../store/database.ts';
import { type Leftover, leftoverText } from '../store/leftovers.ts';
import { isMigrated } from '../store/migrate.ts';
import { importedSource } from '../store/sources.ts';
import { databaseBytes } from '../store/status.ts';
import { noBars } from '../store/symbols.ts';
import { choose } from '../update/choice.ts';
import { keptSince } from '../update/kept.ts';
import { featureVersion } from '../update/order.ts';
import { rowLeftovers } from '../update/table.ts';
import { update } from '../update/update.ts';
import type { Context } from './command.ts';
import { bytes, count, counted } from './format.ts';
import type { Output } from './output.ts';
import { setConfigOf, updateSetOf } from './set.ts';
import { printTable } from './table.ts';

/** So many symbols are listed one by one; of more, those that are behind or of older definitions. */
const mostListed = 50;

type RowReport = {
  readonly set: string;
  readonly table: string;
  readonly featureVersion: string;
  readonly symbols: readonly RowStatus[];
  /** Symbols whose rows have not seen all changes of the bars; undefined for tables whose changes are not logged. */
  readonly due: readonly string[] | undefined;
  /** The first month of which rows are kept; undefined where all are. */
  readonly keptSince: string | undefined;
  readonly off: readonly string[];
  readonly leftovers: readonly Leftover[];
  readonly databaseBytes: number;
};

const instant = (micros: number | null): string | null =>
  micros === null ? null : new Date(micros / 1000).toISOString().replace('.000Z', 'Z');

const minuteText = (micros: number | null): string => instant(micros)?.slice(0, 16).replace('T', ' ') ?? '-';

const olderRows = ({ versions }: RowStatus, current: string): number =>
  versions.reduce((sum, { version, rows }) => (version === current ? sum : sum + rows), 0);

const totals = ({ symbols, featureVersion }: RowReport) => {
  const total = (of: (one: RowStatus) => number): number => symbols.reduce((sum, one) => sum + of(one), 0);
  return {
    rows: total(({ rows }) => rows),
    behind: total(({ behind }) => behind),
    symbolsBehind: total(({ behind }) => (behind > 0 ? 1 : 0)),
    olderRows: total(one => olderRows(one, featureVersion)),
  };
};

/** Symbols with a row for every bar, some of which are of bars, their own or an index's, that have changed since. */
const corrected = ({ symbols, due = [] }: RowReport): string[] =>
  symbols.flatMap(({ symbol, behind }) => (behind === 0 && due.includes(symbol) ? [symbol] : []));

/** An object for each symbol, and the report. */
function printObjects(output: Output, report: RowReport): void {
  for (const { first, last, ...rest } of report.symbols)
    output.object({
      ...{ kind: 'symbol', ...rest, first: instant(first), last: instant(last) },
      due: report.due?.includes(rest.symbol) ?? null,
    });
  for (const leftover of report.leftovers) output.object({ kind: 'leftover', ...leftover });
  const { symbols, leftovers: _, due, ...rest } = report;
  const counts = { symbols: symbols.length, symbolsDue: due?.length ?? null };
  output.object({ kind: 'report', ...rest, ...counts, ...totals(report) });
}

function printReport(output: Output, report: RowReport): void {
  const { set, featureVersion, symbols, keptSince: since, off } = report;
  const { rows, behind, symbolsBehind, olderRows: older } = totals(report);
  const stale = corrected(report);
  const open = (one: RowStatus): boolean =>
    one.behind > 0 || stale.includes(one.symbol) || olderRows(one, featureVersion) > 0;
  const listed = symbols.length <= mostListed ? symbols : symbols.filter(open);
  const versionText = (one: RowStatus): string => {
    const rest = olderRows(one, featureVersion);
    if (one.rows === 0) return '-';
    if (rest === 0) return output.style('green', 'current');
    return output.style('yellow', rest === one.rows ? 'older' : `older in ${count(rest)}`);
  };
  const shown = listed.slice(0, mostListed);
  if (shown.length > 0) {
    printTable(output, {
      head: ['symbol', 'rows', 'first', 'last', 'bars behind', 'definitions'],
      rows: shown.map(one => [
        ...[one.symbol, count(one.rows), minuteText(one.first), minuteText(one.last)],
        one.behind > 0
          ? output.style('yellow', count(one.behind))
          : stale.includes(one.symbol)
            ? output.style('yellow', 'corrected')
            : '0',
        versionText(one),
      ]),
      right: [1, 4],
    });
    if (listed.length > shown.length) output.line(`and ${count(listed.length - shown.length)} more`);
    output.line();
  }
  output.facts([
    ['rows', `${count(rows)} of ${counted(symbols.length, 'symbol')} in ${report.table}`],
    ['behind', behind === 0 ? 'no bar' : `${counted(behind, 'bar')} of ${counted(symbolsBehind, 'symbol')}`],
    ...(stale.length > 0
      ? [['corrected', `bars that rows of ${counted(stale.length, 'symbol')} have not seen`] as const]
      : []),
    [
      'definitions',
      older === 0 ? featureVersion : `${featureVersion}, older ones in ${counted(older, 'row')}`,
    ],
    ...(since === undefined
      ? []
      : [['kept', `rows since ${since}, as "windrow retention" was told`] as const]),
    ...(off.length > 0 ? [['switched off', off.join(', ')] as const] : []),
    ['database', bytes(report.databaseBytes)],
  ]);
  for (const leftover of report.leftovers) output.line(leftoverText(leftover));
  if (behind > 0 || stale.length > 0) output.note(`next: windrow update --set ${set}`);
  else if (older > 0) output.note(`next: windrow update --set ${set} --force computes them again`);
}

async function readReport(
  database: Database,
  values: Settings,
  range: Context<'from' | 'to'>['flags'],
): Promise<RowReport> {
  const { schema, type, source: spec, pairs } = values;
  const client = await database.connect();
  try {
    const known = setByName(values.set, setConfigOf(values));
    // nothing was ever imported or computed
    if (!(await isMigrated(client))) throw noBars(known, spec?.table ?? importedSource(schema, known.bars));
    const choice = { database, ...updateSetOf(values), symbols: pairs, schema, type, source: spec };
    const { set, source, symbols, table } = await choose(client, choice);
    // without a log of changes all bars would have to be compared with all rows
    const due = source.tracksChanges ? await update({ ...choice, dryRun: true }) : undefined;
    return {
      set: set.name,
      table: `${schema}.${table.name}`,
      featureVersion: featureVersion(set, type),
      symbols: await rowStatus(client, { table, source, symbols, from: range.from, to: range.to }),
      due: due?.symbols.flatMap(({ symbol, status }) => (status === 'due' ? [symbol] : [])),
      keptSince: await keptSince(client, { set: set.name, schema }),
      off: set.off,
      leftovers: await rowLeftovers(client, table),
      databaseBytes: await databaseBytes(client),
    };
  } finally {
    await client.end();
  }
}

/** Shows the state of a set that is kept row by row. */
export async function showRows(
  database: Database,
  values: Settings,
  { flags, output }: Pick<Context<'from' | 'to' | 'families' | 'nulls'>, 'flags' | 'output'>,
): Promise<void> {
  const partitionsOnly = (option: string, why: string): never => {
    const what = `option "${option}" is for sets of partitions; ${why}`;
    throw new WindrowError('WR_USAGE', { what, command: 'windrow status' });
  };
  if (flags.families !== undefined)
    partitionsOnly('--families', `a row of set ${values.set} has all families`);
  if (flags.nulls !== undefined)
    partitionsOnly('--nulls', `"windrow log --json" has the NULLs of the runs of set ${values.set}`);
  const report = await readReport(database, values, flags);
  if (output.json) printObjects(output, report);
  else printReport(output, report);
}
