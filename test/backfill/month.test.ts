import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BarCache } from '../../host/backfill/barCache.ts';
import { laneOver } from '../../host/backfill/lane.ts';
import { tableOf } from '../../host/backfill/order.ts';
import { prepare } from '../../host/backfill/prepare.ts';
import { runTask } from '../../host/backfill/task.ts';
import { Arena } from '../../host/engine/module.ts';
import { auditLookahead, backfill, verify } from '../../host/index.ts';
import { ensureTable } from '../../host/store/ddl.ts';
import { readLedger } from '../../host/store/ledger.ts';
import { sqlTime } from '../../host/store/month.ts';
import {
  across,
  due,
  features,
  freshMarkets,
  market,
  monthRows,
  months,
  setConfig,
  symbols,
} from '../support/acrossFamily.ts';
import { leftovers, partitionChecksums } from '../support/partitions.ts';
import type { TestDatabase } from '../support/postgres.ts';

// A family with one partition a month for all symbols: computed symbol by symbol, published whole or not at all.

const freshMarket = freshMarkets();

describe('a partition of all symbols', () => {
  let db: TestDatabase;
  let client: pg.Client;
  let expected: Record<string, string>;

  beforeAll(async () => {
    db = await freshMarket();
    client = await db.connect();
  });
  afterAll(() => client.end());

  test('holds the rows of every symbol with the bits of partitions by symbol, under one key', async () => {
    const report = await backfill({
      ...{ database: db.database, setConfig, families: ['across', 'alone'], workers: 1 },
    });
    const partitions = months.length * (1 + symbols.length);
    expect(report).toMatchObject({ done: partitions, tasks: partitions, failed: [] });
    expect(report.rows).toBe(2 * months.length * symbols.length * monthRows);
    const names = Object.keys(features);
    const { rows: found } = await client.query<{ rows: number; differing: number }>(
      `select count(*)::int as rows, (count(*) filter (where
         ${names.map(name => `a.${name} is distinct from b.${name}`).join(' or ')}))::int as differing
       from across a full join alone b using (ts_utc, pair)`,
    );
    expect(found).toEqual([{ rows: months.length * symbols.length * monthRows, differing: 0 }]);
    const { rows: keys } = await client.query<{ indexdef: string }>(
      "select indexdef from pg_indexes where tablename = 'across_2024_08'",
    );
    expect(keys.map(({ indexdef }) => indexdef)).toEqual([
      'CREATE UNIQUE INDEX across_2024_08_pkey ON public.across_2024_08 USING btree (ts_utc, pair)',
    ]);
    expect(await leftovers(client)).toEqual([]);
    expected = await partitionChecksums(client);
  });

  test('is one row of the ledger, with what was read of each symbol', async () => {
    const ledger = await readLedger(client, { families: ['across'] });
    expect(ledger.map(({ symbol, month, table }) => [symbol, month, table])).toEqual(
      months.map(month => ['*', month, `across_${month.replace('-', '_')}`]),
    );
    const [july, august] = ledger;
    expect(july).toMatchObject({ rows: 2_700, columns: 5, barsRevision: null, members: symbols });
    expect(july).toMatchObject({ lookbackAsked: 19, lookbackFound: 0, nulls: { mean20: 57, own: 908 } });
    const revisions = Object.values(august!.peers!).map(read => 'revision' in read && read.revision);
    expect(new Set(revisions).size).toBe(symbols.length);
    // the lookback of their own; the others read eurusd and usdjpy, and those from as far back as theirs
    for (const symbol of symbols) {
      const { bars } = market.find(entry => entry.symbol === symbol && entry.month === '2024-07')!;
      const own = sqlTime(bars.time.at(-19)!);
      const { first } = august!.peers![symbol]!;
      if (symbol === 'audusd') expect(first).toBe(own);
      else expect(String(first) < own).toBe(true);
    }
    // fewer bars than were looked for: an earlier one would be read as well
    for (const read of Object.values(july!.peers!)) expect(read.first).toBeNull();
  });

  test('is the same with any number of workers, in any order of months, whichever symbol is asked for', async () => {
    for (const workers of [2, 3]) {
      const report = await backfill({ database: db.database, ...across, workers, force: true });
      expect(report).toMatchObject({ done: 3, failed: [] });
      expect(await partitionChecksums(client)).toEqual(expected);
    }
    const other = await freshMarket(market.toReversed());
    const orders = [months[2]!, months[0]!, months[1]!].map((month, i) => [month, symbols[i]!] as const);
    for (const [month, symbol] of orders) {
      const chosen = { symbols: [symbol], from: month, to: month };
      expect(await due(other, chosen)).toEqual([`across * ${month}`]);
      const report = await backfill({ database: other.database, ...across, ...chosen });
      expect(report).toMatchObject({ done: 1, rows: symbols.length * monthRows, failed: [] });
    }
    const reader = await other.connect();
    const same = Object.entries(expected).filter(([partition]) => partition.startsWith('across'));
    expect(await partitionChecksums(reader)).toEqual(Object.fromEntries(same));
    await reader.end();
  });

  test('of type real is verified too', async () => {
    const other = await freshMarket(market.filter(({ month }) => month !== '2024-07'));
    const options = { database: other.database, ...across, type: 'real' } as const;
    await backfill(options);
    const { verdicts } = await verify(options);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['equal', 'equal']);
  });

  test('sees no future', async () => {
    const heard: string[] = [];
    const report = await auditLookahead({
      ...{ database: db.database, setConfig, families: ['across', 'alone'], symbols: ['EURUSD'], cuts: 5 },
      onMonth: ({ symbol, month }) => heard.push(`${symbol} ${month}`),
    });
    expect(report).toMatchObject({ features: 10, cuts: 15, findings: [] });
    expect(heard.sort()).toEqual(months.map(month => `eurusd ${month}`));
  });
});

describe('the memory of a task for all symbols', () => {
  test('is that of one symbol', async () => {
    const db = await freshMarket(market.filter(({ month }) => month === '2024-08'));
    const client = await db.connect();
    const prepared = await prepare(client, across, { write: true });
    await ensureTable(client, tableOf(prepared.set, 'across', { schema: 'public', type: 'double' }), []);
    const [order] = prepared.plan.tasks.map(prepared.orderOf(db.database.connection, 'run'));
    const sizeWith = async (members: number): Promise<number> => {
      const arena = await Arena.create();
      const top = arena.top;
      const task = { ...order!.task, members: order!.task.members!.slice(0, members) };
      const { failures, notes } = await runTask(
        { ...order!, task },
        laneOver(client, arena, new BarCache(prepared.source)),
        { emit: () => {}, mayPublish: async () => {} },
      );
      expect(failures).toEqual([]);
      expect(notes).toHaveLength(members);
      expect(arena.top).toBe(top);
      return arena.memory.buffer.byteLength;
    };
    expect(await sizeWith(3)).toBe(await sizeWith(1));
    await client.end();
  });
});
