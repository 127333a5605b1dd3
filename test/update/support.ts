import type pg from 'pg';
import type { BarColumn, Bars } from '../../host/catalog/bars.ts';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import type { SetConfig } from '../../host/catalog/set.ts';
import { type Database, Engine, loadBars, type UpdateOptions, update } from '../../host/index.ts';
import { microsSql, monthOf } from '../../host/store/month.ts';
import { barsBetween } from '../support/contract.ts';
import { hex } from '../support/kernelShapes.ts';
import type { MarketMonth } from '../support/market.ts';
import { dailyShapes, hourlyShapes, stockBars } from '../support/naive/stocksShapes.ts';
import { hasOldPostgres, oldBinDir } from '../support/postgres.ts';

export const servers: [name: string, binDir: string | undefined][] = [
  ['the embedded server', undefined],
  ...(hasOldPostgres ? [['Postgres 15', oldBinDir] as [string, string]] : []),
];

/** Bars by symbol, as the test knows them. */
export type Market = Readonly<Record<string, Bars>>;

export const stockColumns = [
  'open',
  'high',
  'low',
  'close',
  'volume',
] as const satisfies readonly BarColumn[];

const shapesOf = (set: string) => (set === 'stocks-daily' ? dailyShapes : hourlyShapes);

/** Made-up bars of a shape of the set's: 'gaps', 'nulls', ... */
export function madeUp(set: string, name: string, seed: number, rows: number): Bars {
  const shape = shapesOf(set).find(shape => shape.name === name);
  if (!shape) throw new Error(`no shape "${name}"`);
  return stockBars(shape, seed, rows);
}

/** The same bars with the rows left out or changed that `change` says; it is given each row's cells, or leaves it out. */
export function changed(
  { time, columns }: Bars,
  change: (cells: Record<string, number>, row: number) => Record<string, number> | undefined,
): Bars {
  const names = Object.keys(columns) as BarColumn[];
  const rows = Array.from(time, (at, row) => ({
    at,
    cells: change(Object.fromEntries(names.map(name => [name, columns[name]![row]!])), row),
  })).filter(({ cells }) => cells !== undefined);
  return {
    time: Float64Array.from(rows, ({ at }) => at),
    columns: Object.fromEntries(
      names.map(name => [name, Float64Array.from(rows, ({ cells }) => cells![name]!)]),
    ),
  };
}

/** Those rows of the bars. */
export const only = (bars: Bars, rows: readonly number[]): Bars =>
  changed(bars, (cells, row) => (rows.includes(row) ? cells : undefined));

/** All rows of the bars but those. */
export const without = (bars: Bars, rows: readonly number[]): Bars =>
  changed(bars, (cells, row) => (rows.includes(row) ? undefined : cells));

/** The bars cut into months, as they are loaded. */
export function* byMonth(market: Market): Generator<MarketMonth> {
  for (const [symbol, bars] of Object.entries(market)) {
    for (let from = 0; from < bars.time.length; ) {
      const month = monthOf(bars.time[from]!);
      let to = from;
      while (to < bars.time.length && monthOf(bars.time[to]!) === month) to++;
      yield { symbol, month, bars: barsBetween(bars, from, to) };
      from = to;
    }
  }
}

export const load = (database: Database, set: string, market: Market, schema?: string): Promise<unknown> =>
  loadBars(database, byMonth(market), { set, ...(schema && { schema }) });

/** Puts bars into a table of the user's own, over those that are there. `key` makes the columns before those of numbers. */
export async function put(
  client: pg.Client,
  { table, key }: { readonly table: string; readonly key: (time: string) => string },
  { time, columns }: Bars,
): Promise<void> {
  await client.query(
    `insert into ${table}
     select ${key("(timestamp 'epoch' + t * interval '1 microsecond')")}, ${stockColumns.join(', ')}
     from unnest($1::float8[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::float8[])
       as r (t, ${stockColumns.join(', ')})
     on conflict on constraint ${table}_pkey do update
       set ${stockColumns.map(name => `${name} = excluded.${name}`).join(', ')}`,
    [[...time], ...stockColumns.map(name => Array.from(columns[name]!, x => (Number.isNaN(x) ? null : x)))],
  );
}

const tableOf = (set: string): string => setByName(set).layout.table!;

export type StoredRow = {
  readonly symbol: string;
  readonly at: number;
  readonly source: string;
  readonly version: string;
  readonly created: string;
  readonly updated: string;
  readonly xmin: string;
  readonly cells: Readonly<Record<string, number | null>>;
};

/** All rows of the set's table in the order of symbol and time, with every column of numbers. */
export async function storedRows(client: pg.Client, set: string, table = tableOf(set)): Promise<StoredRow[]> {
  const names: string[] = (
    await client.query<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
         and atttypid in ('float8'::regtype, 'float4'::regtype) order by attnum`,
      [table],
    )
  ).rows.map(({ name }) => name);
  const { rows } = await client.query({
    text: `select symbol, ${microsSql('timestamp')}, source, feature_version, created_at::text, updated_at::text, xmin::text,
             ${names.map(name => `"${name}"`).join(', ')} from ${table} order by symbol collate "C", timestamp, source`,
    rowMode: 'array',
  });
  return rows.map(([symbol, at, source, version, created, updated, xmin, ...cells]) => ({
    ...{ symbol, at, source, version, created, updated, xmin },
    cells: Object.fromEntries(names.map((name, i) => [name, cells[i]])),
  }));
}

/** Row to the transaction that wrote it. */
export async function stampsOf(client: pg.Client, set: string): Promise<Map<string, string>> {
  const { rows } = await client.query({
    text: `select symbol, ${microsSql('timestamp')}, source, xmin::text from ${tableOf(set)}`,
    rowMode: 'array',
  });
  return new Map(rows.map(([symbol, at, source, xmin]) => [`${symbol} ${at} ${source}`, xmin]));
}

/** Which rows are new or were written again between two looks: symbol to times, in ascending order. */
export function written(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  const found: Record<string, number[]> = {};
  for (const [key, xmin] of after) {
    if (before.get(key) === xmin) continue;
    const [symbol, at] = key.split(' ');
    found[symbol!] = [...(found[symbol!] ?? []), Number(at)];
  }
  for (const times of Object.values(found)) times.sort((a, b) => a - b);
  return found;
}

const engines = new Map<string, Promise<Engine>>();
const engineOf = (set: string, setConfig: SetConfig): Promise<Engine> => {
  const key = JSON.stringify([set, setConfig]);
  const known = engines.get(key) ?? Engine.create({ set, setConfig });
  engines.set(key, known);
  return known;
};

/** What the rows of a market must be, by the library in memory: a row of cells for each bar, in the order of storedRows. */
export async function expectedRows(
  market: Market,
  { set, ...config }: { readonly set: string } & SetConfig,
): Promise<Pick<StoredRow, 'symbol' | 'at' | 'cells'>[]> {
  const engine = await engineOf(set, config);
  const names = featuresOf(engine.set).map(({ name, qualifiedName }) => [name, qualifiedName] as const);
  const rows: Pick<StoredRow, 'symbol' | 'at' | 'cells'>[] = [];
  for (const symbol of Object.keys(market).sort()) {
    const bars = market[symbol]!;
    const { columns } = await engine.compute(bars, 'all', { peers: market });
    for (const [row, at] of bars.time.entries()) {
      const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
      const own = stockColumns.map(name => [name, finite(bars.columns[name]?.[row] ?? Number.NaN)] as const);
      const computed = names.map(([name, qualified]) => [name, finite(columns[qualified]![row]!)] as const);
      rows.push({ symbol, at, cells: Object.fromEntries([...own, ...computed]) });
    }
  }
  return rows;
}

/** Rows of a market whose cells are not those of another one, and rows that the other has not: symbol to times. */
export function touched(
  before: readonly Pick<StoredRow, 'symbol' | 'at' | 'cells'>[],
  after: readonly Pick<StoredRow, 'symbol' | 'at' | 'cells'>[],
): Record<string, number[]> {
  const known = new Map(before.map(({ symbol, at, cells }) => [`${symbol} ${at}`, cells]));
  const found: Record<string, number[]> = {};
  for (const { symbol, at, cells } of after) {
    const old = known.get(`${symbol} ${at}`);
    // 0 and -0 are the same to the server
    if (old && Object.entries(cells).every(([name, cell]) => cell === old[name])) continue;
    found[symbol] = [...(found[symbol] ?? []), at];
  }
  return found;
}

const show = (cell: number | null | undefined): string => (typeof cell === 'number' ? hex(cell) : `${cell}`);

/** Where stored rows are not those that the bars give, to the bit; at most a few. Columns beside those are not looked at. */
export function rowDifferences(
  stored: readonly StoredRow[],
  expected: readonly Pick<StoredRow, 'symbol' | 'at' | 'cells'>[],
  shown = 5,
): string[] {
  const key = ({ symbol, at }: Pick<StoredRow, 'symbol' | 'at'>): string =>
    `${symbol} ${new Date(at / 1000).toISOString()}`;
  const found: string[] = [];
  const byKey = new Map(stored.map(row => [key(row), row]));
  if (byKey.size < stored.length) found.push('rows are there twice');
  for (const row of expected) {
    const other = byKey.get(key(row));
    byKey.delete(key(row));
    if (!other) found.push(`${key(row)} is missing`);
    else
      for (const [name, cell] of Object.entries(row.cells))
        if (!Object.is(cell, other.cells[name]))
          found.push(`${key(row)} ${name}: ${show(other.cells[name])} instead of ${show(cell)}`);
  }
  for (const name of byKey.keys()) found.push(`${name} is too many`);
  return found.length > shown ? [...found.slice(0, shown), `and ${found.length - shown} more`] : found;
}

/** Differences between the table of a set and what the library makes of the bars. */
export const tableDifferences = async (
  client: pg.Client,
  market: Market,
  { schema = 'public', ...config }: { readonly set: string; readonly schema?: string } & SetConfig,
): Promise<string[]> =>
  rowDifferences(
    await storedRows(client, config.set, `${schema}.${tableOf(config.set)}`),
    await expectedRows(market, config),
  );

/** An update, with what it said of each symbol: `aapl: done 3 rows (1 new)`. */
export async function updated(options: UpdateOptions) {
  const report = await update(options);
  const said = Object.fromEntries(
    report.symbols.map(({ symbol, status, rows, inserted, code }) => [
      symbol,
      [status, ...(rows > 0 ? [rows, inserted] : []), ...(code ? [code] : [])].join(' '),
    ]),
  );
  return { report, said };
}
