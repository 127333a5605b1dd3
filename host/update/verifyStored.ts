import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { tableColumns } from '../store/columnValues.ts';
import { qualify, quote } from '../store/identifiers.ts';
import { sqlTime } from '../store/month.ts';
import type { Choice } from './choice.ts';
import { storedSql } from './due.ts';
import type { Due } from './order.ts';
import { featureVersion } from './order.ts';
import { readProgress } from './progress.ts';
import { barsSql } from './span.ts';
import { sourceColumn, versionColumn } from './table.ts';
import type { RowVerdict } from './verify.ts';

type Found = {
  place: number;
  rows: number;
  older: number;
  lacking: number;
  extra: number;
  changed: number;
  unsound: number;
};

/** What the rows of symbols that share a table of bars are like beside these. */
function foundSql(choice: Choice, columns: readonly string[], symbol: string): string {
  const { table, source } = choice;
  const { key, ...shared } = source.bars(symbol)!;
  const names = (table.bars as readonly BarColumn[]).filter(name => shared.columns[name]);
  const theirs = names.map(
    name => `${storedSql(`${shared.columns[name]}::float8`, table.type)} as ${quote(name)}`,
  );
  const cells = (prefix: string): string => names.map(name => `${prefix}.${quote(name)}`).join(', ');
  const all = columns.map(name => `t.${quote(name)}`).join(', ');
  const [time, own] = [table.timeColumn, table.symbolColumn].map(quote);
  return `
    with bars as (
      select ${[`${shared.utc} as at`, `${key?.column ?? 'null'} as stored`, ...theirs].join(', ')}
      ${barsSql({ ...shared, filter: shared.only })}),
    r as (
      select * from unnest($1::text[], $2::text[]::${key?.type ?? 'text'}[], $4::timestamp[], $5::timestamp[])
        with ordinality as r (symbol, stored, since, until, place)),
    b as (
      select r.place, bars.* from r join bars on ${key ? 'bars.stored = r.stored and ' : ''}bars.at >= r.since and bars.at <= r.until),
    t as (
      select r.place, t.*, not coalesce(greatest(${all}) < 'infinity' and least(${all}) > '-infinity', true) as "windrow unsound"
      from r join ${qualify(table.schema, table.name)} t
        on t.${quote(sourceColumn)} = $3 and t.${own} = r.symbol and t.${time} >= r.since and t.${time} <= r.until)
    select (coalesce(b.place, t.place) - 1)::int as place, count(t.${own})::float8 as rows,
      count(*) filter (where t.${quote(versionColumn)} <> $6)::float8 as older,
      count(*) filter (where t.${own} is null)::float8 as lacking,
      count(*) filter (where b.place is null)::float8 as extra,
      count(*) filter (where b.place is not null and t.${own} is not null
        and row(${cells('b')}) is distinct from row(${cells('t')}))::float8 as changed,
      count(*) filter (where t."windrow unsound")::float8 as unsound
    from b full join t on t.place = b.place and t.${time} = b.at group by 1`;
}

const counted = (rows: number, what: string): string[] =>
  rows > 0 ? [`${rows} ${rows === 1 ? 'row' : 'rows'} ${what}`] : [];

/**
 * Looks at rows without computing any: whether each belongs to a bar and shows it as it is, whether its values are finite, and
 * whether it is known how far they have come. A value of a feature that was changed by hand shows only where it is computed.
 */
export async function verifyStoredRows(
  client: pg.Client,
  choice: Choice,
  dues: readonly Due[],
): Promise<RowVerdict[]> {
  const { table, source, set, order } = choice;
  const there = new Set(await tableColumns(client, { schema: table.schema, table: table.name }));
  const columns = [...table.bars, ...table.features].filter(name => there.has(name));
  const progress = await readProgress(client, { set: set.name, schema: table.schema });
  const known = new Set(progress.map(({ symbol }) => symbol));
  const found = new Map<Due, Found>();
  for (const [place, group] of Map.groupBy(dues, ({ symbol }) => source.bars(symbol)?.from)) {
    if (place === undefined) continue;
    const { rows } = await client.query<Found>(foundSql(choice, columns, group[0]!.symbol), [
      ...[
        group.map(({ symbol }) => symbol),
        group.map(({ symbol }) => source.bars(symbol)?.key?.stored ?? null),
      ],
      source.origin,
      ...[group.map(({ from }) => (from === undefined ? '-infinity' : sqlTime(from)))],
      ...[group.map(({ to }) => (to === undefined ? 'infinity' : sqlTime(to)))],
      featureVersion(set, order.type),
    ]);
    for (const one of rows) found.set(group[one.place]!, one);
  }
  return dues.map((due): RowVerdict => {
    const { symbol } = due;
    const none = { rows: 0, older: 0, lacking: 0, extra: 0, changed: 0, unsound: 0 };
    const { rows, older, lacking, extra, changed, unsound } = found.get(due) ?? none;
    const reasons = [
      ...counted(changed, 'that show another bar than there is'),
      ...counted(unsound, 'with what is not finite'),
      ...(rows > 0 && !known.has(symbol) ? ['windrow.set_progress knows nothing of its rows'] : []),
    ];
    const right = reasons.length === 0 && lacking === 0 && extra === 0;
    return {
      ...{ symbol, verdict: rows === 0 ? 'missing' : right ? 'equal' : 'differs' },
      ...{ rows, older, lacking, extra, cells: rows * table.bars.length, differing: 0, differences: [] },
      ...(reasons.length > 0 ? { why: reasons.join('; ') } : {}),
    };
  });
}
