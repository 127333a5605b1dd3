import type pg from 'pg';
import { qualify, quote } from '../store/identifiers.ts';
import { type Month, monthMicros, monthStart, nextMonth } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';
import type { Due } from './order.ts';
import { type RowTable, sourceColumn, versionColumn } from './table.ts';

/** The rows of a symbol in a month. */
export type SymbolMonth = { readonly symbol: string; readonly month: Month };

export const keyOfMonth = ({ symbol, month }: SymbolMonth): string => `${symbol} ${month}`;

/** Those that have rows; only those with rows of other definitions where a version is named. */
export async function symbolMonths(
  client: pg.Client,
  { table, source, symbols }: { table: RowTable; source: BarSource; symbols: readonly string[] },
  range: { readonly from?: Month | undefined; readonly to?: Month | undefined },
  otherThan?: string,
): Promise<SymbolMonth[]> {
  const [symbol, time] = [table.symbolColumn, table.timeColumn].map(quote);
  const { rows } = await client.query<SymbolMonth>(
    `select ${symbol} as symbol, to_char(date_trunc('month', ${time}), 'YYYY-MM') as month
     from ${qualify(table.schema, table.name)}
     where ${quote(sourceColumn)} = $1 and ${symbol} = any($2)
       and ($3::timestamp is null or ${time} >= $3) and ($4::timestamp is null or ${time} < $4)
       and ($5::text is null or ${quote(versionColumn)} <> $5)
     group by 1, 2 order by 1, 2`,
    [
      ...[source.origin, symbols, range.from === undefined ? null : monthStart(range.from)],
      ...[range.to === undefined ? null : monthStart(nextMonth(range.to)), otherThan ?? null],
    ],
  );
  return rows;
}

/** The bars of them. */
export const dueOf = ({ symbol, month }: SymbolMonth): Due => ({
  ...{ symbol, from: monthMicros(month), to: monthMicros(nextMonth(month)) - 1 },
  ...{ revision: null, peers: {} },
});
