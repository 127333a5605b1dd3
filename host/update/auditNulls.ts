import type pg from 'pg';
import { type CatalogFeature, familyByName, featuresOf } from '../catalog/catalog.ts';
import { rangeOf } from '../catalog/units.ts';
import { barsBefore } from '../engine/barsBefore.ts';
import { allSymbols } from '../store/allSymbols.ts';
import { type ColumnValues, tableColumns } from '../store/columnValues.ts';
import { qualify, quote } from '../store/identifiers.ts';
import { checkMonths, type Month, monthEnd, monthStart } from '../store/month.ts';
import { faultsOf, type NullsReport, type ValueFinding, type ValuesOfMonth } from '../store/valueFaults.ts';
import { type Choice, type ChoiceOptions, choose } from './choice.ts';
import { requireRowTable, sourceColumn } from './table.ts';

export type RowNullsOptions = Omit<
  ChoiceOptions,
  'force' | 'dryRun' | 'workers' | 'symbolTimeoutMs' | 'onEvent'
> & {
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
  readonly onMonth?: ((month: ValuesOfMonth, findings: readonly ValueFinding[]) => void) | undefined;
};

/** Columns that one statement looks at: five results of each, and a row of a result has at most 1,664. */
const columnsAtOnce = 300;

/** A column with the bars that must be there before a row for a value to say something. */
type Asked = { readonly feature: CatalogFeature; readonly needed: number };

/** What a column holds, and of rows that come late enough for it their number and that of their values. */
type Found = ColumnValues & { readonly complete: number; readonly known: number };

/** How many bars of each symbol lie before a month: by the log of imports, else by the rows themselves. */
async function barsByMonth(
  client: pg.Client,
  { source, symbols, table }: Choice,
): Promise<Map<string, { month: Month; rows: number }[]>> {
  const logged = await source.months(client, symbols);
  const all = [...logged.values()].flat();
  if (all.every(({ rows }) => rows !== undefined))
    return logged as Map<string, { month: Month; rows: number }[]>;
  const [symbol, time] = [table.symbolColumn, table.timeColumn].map(quote);
  const { rows } = await client.query<{ symbol: string; month: Month; rows: number }>(
    `select ${symbol} as symbol, to_char(${time}, 'YYYY-MM') as month, count(*)::float8 as rows
     from ${qualify(table.schema, table.name)} where ${quote(sourceColumn)} = $1 and ${symbol} = any($2)
     group by 1, 2`,
    [source.origin, symbols],
  );
  return Map.groupBy(rows, row => row.symbol);
}

/** The rows of a month, with how many bars lie before each of them. */
function numberedSql({ table }: Choice, columns: readonly string[]): string {
  const [symbol, time] = [table.symbolColumn, table.timeColumn].map(quote);
  const own = columns.map(name => `t.${quote(name)}`);
  return `select ${[...own, `t.${symbol} as "windrow symbol"`].join(', ')},
      coalesce(b.bars, 0) + row_number() over (partition by t.${symbol} order by t.${time}) - 1 as "windrow bars"
    from ${qualify(table.schema, table.name)} t left join unnest($4::text[], $5::float8[]) b (symbol, bars) on b.symbol = t.${symbol}
    where t.${quote(sourceColumn)} = $3 and t.${symbol} = any($4) and t.${time} >= $1::timestamp and t.${time} < $2::timestamp`;
}

async function lookAt(
  client: pg.Client,
  choice: Choice,
  { month, before, asked }: { month: Month; before: ReadonlyMap<string, number>; asked: readonly Asked[] },
): Promise<{ rows: number; symbols: number; columns: Found[] }> {
  const columns: Found[] = [];
  let [rows, symbols] = [0, 0];
  for (let from = 0; from === 0 || from < asked.length; from += columnsAtOnce) {
    const some = asked.slice(from, from + columnsAtOnce);
    const aggregates = some.map(({ feature, needed }) => {
      const column = quote(feature.name);
      const only = rangeOf(feature)?.only;
      const late = `filter (where "windrow bars" >= ${needed})`;
      const strays = only ? `count(*) filter (where ${column} not in (${only.join(', ')}))` : '0';
      return `, count(${column})::float8, min(${column})::float8, max(${column})::float8, ${strays}::float8,
        count(*) ${late}::float8, count(${column}) ${late}::float8`;
    });
    const names = some.map(({ feature }) => feature.name);
    const { rows: found } = await client.query<(number | null)[]>({
      text: `select count(*)::float8, count(distinct "windrow symbol")::float8${aggregates.join('')}
        from (${numberedSql(choice, names)}) numbered`,
      values: [
        ...[monthStart(month), monthEnd(month), choice.source.origin],
        ...[choice.symbols, choice.symbols.map(symbol => before.get(symbol) ?? 0)],
      ],
      rowMode: 'array',
    });
    const [all, of, ...cells] = found[0]!;
    [rows, symbols] = [all!, of!];
    some.forEach(({ feature }, i) => {
      const [values, least, largest, strays, complete, known] = cells.slice(6 * i);
      columns.push({
        ...{ name: feature.name, values: values!, least: least!, largest: largest!, strays: strays! },
        ...{ complete: complete!, known: known! },
      });
    });
  }
  return { rows, symbols, columns };
}

/** A family's part of what was found in a month. */
function familyOf(
  family: string,
  month: Month,
  { rows, symbols, columns }: { rows: number; symbols: number; columns: readonly Found[] },
  findings: readonly ValueFinding[],
): ValuesOfMonth {
  const sum = (of: (column: Found) => number): number =>
    columns.reduce((total, column) => total + of(column), 0);
  const count = (fault: ValueFinding['fault']): number => findings.filter(one => one.fault === fault).length;
  return {
    ...{ family, month, partitions: symbols, rows, features: columns.length },
    completeCells: sum(({ complete }) => complete),
    nulls: sum(({ complete, known }) => complete - known),
    empty: columns.filter(({ complete, values }) => complete > 0 && values === 0).length,
    infinite: null,
    ...{ constant: count('constant'), outside: count('outside'), unsound: count('unsound') },
  };
}

/**
 * What the stored rows of a set that is kept row by row are like, family by family and month by month, of all chosen symbols
 * together. Nothing is computed.
 */
export async function auditRowNulls(options: RowNullsOptions): Promise<NullsReport> {
  const { from, to, database, signal } = options;
  checkMonths(options);
  const client = await database.connect();
  const report = { months: [] as ValuesOfMonth[], findings: [] as ValueFinding[] };
  try {
    const choice = await choose(client, options);
    await requireRowTable(client, choice.table);
    const there = new Set(
      await tableColumns(client, { schema: choice.table.schema, table: choice.table.name }),
    );
    const families = choice.families.map(name => {
      const features = featuresOf(choice.set, [familyByName(choice.set, name)]);
      return { name, features: features.filter(feature => there.has(feature.name)) };
    });
    const features = families.flatMap(family => family.features);
    const needed = barsBefore(choice.set, features);
    const asked = features.map(feature => ({ feature, needed: needed.get(feature.qualifiedName)! }));
    const bars = await barsByMonth(client, choice);
    const before = new Map(choice.symbols.map(symbol => [symbol, 0]));
    for (const month of [...new Set([...bars.values()].flat().map(one => one.month))].sort()) {
      signal?.throwIfAborted();
      if (to !== undefined && month > to) break;
      const found = month < (from ?? '') ? undefined : await lookAt(client, choice, { month, before, asked });
      for (const [symbol, months] of bars)
        before.set(symbol, (before.get(symbol) ?? 0) + (months.find(one => one.month === month)?.rows ?? 0));
      if (found === undefined || found.rows === 0) continue;
      for (const { name, features: own } of families) {
        const columns = found.columns.filter(column => own.some(feature => feature.name === column.name));
        const findings = columns.flatMap(column => {
          const feature = own.find(one => one.name === column.name)!;
          const { family, name: of, unit } = feature;
          const symbol = choice.symbols.length === 1 ? choice.symbols[0]! : allSymbols;
          const { least, largest } = column;
          return faultsOf(feature, column, 0).map(
            (fault): ValueFinding => ({ family, feature: of, unit, symbol, month, least, largest, ...fault }),
          );
        });
        const values = familyOf(name, month, { ...found, columns }, findings);
        report.months.push(values);
        report.findings.push(...findings);
        options.onMonth?.(values, findings);
      }
    }
    return report;
  } finally {
    await client.end();
  }
}
