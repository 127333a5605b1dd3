import { afterAll, beforeAll, expect, test } from 'vitest';
import { CopyDecoder } from '../../host/engine/copy.ts';
import { Arena } from '../../host/engine/module.ts';
import { WindrowError } from '../../host/errors.ts';
import { type Database, loadBars, openDatabase } from '../../host/index.ts';
import { ensureTable } from '../../host/store/ddl.ts';
import { inUserTerms } from '../../host/store/postgresErrors.ts';
import { publishPartition } from '../../host/store/publish.ts';
import { receiveCopy } from '../../host/store/receiveCopy.ts';
import { draws } from '../support/draws.ts';
import { marketMonths } from '../support/market.ts';
import { leftovers } from '../support/partitions.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type Fate, proxyTo, type Told } from '../support/proxy.ts';
import { demoRows, feed, publication } from '../support/publications.ts';
import { commandComplete, dataRow, ready, rowDescription, serverError } from '../support/serverMessages.ts';

// A real server behind one that lies: it answers as it should up to a message, and then not. Whatever is done ends with what
// it was to do, or with an error of ours, and what is stored is whole or as it was.

const seed = Number(process.env.WINDROW_SEED ?? 20_240_701);
const rows = 60;
/** So many times each lie is told, at moments spread over what is done. */
const times = 1;
const market = marketMonths(['eurusd'], '2024-07', '2024-07', rows);
const wanted = publication();

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadBars(db.database, market);
  const client = await db.connect();
  await ensureTable(client, wanted.table, [wanted.symbol]);
  await client.end();
});
afterAll(() => db.drop());

const last = (...messages: readonly Buffer[]): Fate => ({ last: Buffer.concat(messages) });

/** What comes in the place of a message. */
const lies: Readonly<Record<string, (told: Told, share: number) => Fate>> = {
  'is cut off': ({ bytes }, share) => last(bytes.subarray(0, Math.floor(bytes.length * share))),
  'is cut off behind a message': ({ bytes }) => last(bytes),
  'says something else': ({ bytes }, share) => {
    const changed = Buffer.from(bytes);
    changed[Math.floor(bytes.length * share)]! ^= 0x81;
    return last(changed);
  },
  'says no Postgres at all': () => last(Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n')),
  'describes other rows': () =>
    last(rowDescription('a', 'b'), dataRow('1'), commandComplete('SELECT 1'), ready),
  'says that all is done': () => last(commandComplete('COPY 7'), ready),
  'refuses in the middle': () => last(serverError('57014', 'canceling statement'), ready),
  'is ready without an answer': () => last(ready),
};

const actions: Readonly<Record<string, (database: Database) => Promise<unknown>>> = {
  async publish(database) {
    const client = await database.connect();
    return publishPartition(client, wanted, feed(demoRows(wanted, rows))).finally(() => client.end());
  },
  async read(database) {
    const client = await database.connect();
    const decoder = new CopyDecoder(await Arena.create(), { columns: 2 });
    const sql =
      'copy (select ts_utc, open, close from market_data where symbol = $$eurusd$$) to stdout (format binary)';
    return inUserTerms(client, async () => {
      await receiveCopy(client, sql, decoder);
      return decoder.finish();
    }).finally(() => client.end());
  },
};

/** Does something through a server that lies in its n-th message. Returns the error, and how many messages came. */
async function through(
  action: (database: Database) => Promise<unknown>,
  lieAt: number,
  lie: (told: Told) => Fate,
): Promise<{ readonly error: unknown; readonly messages: number }> {
  let messages = 0;
  let error: unknown;
  // of how a connection begins, `npm run fuzz` sees all
  const begins = ({ statement }: Told) => statement === '' || statement.includes('show server_version_num');
  const proxy = await proxyTo(
    db.url,
    () => told => (!begins(told) && messages++ === lieAt ? lie(told) : told.bytes),
  );
  try {
    const database = await openDatabase({ databaseUrl: proxy.url });
    await action(database).finally(() => database.close());
  } catch (cause) {
    error = cause;
  }
  await proxy.close();
  return { error, messages };
}

/** What is wrong with what is stored. */
async function stored(): Promise<string[]> {
  const client = await db.connect();
  try {
    const wrong = await leftovers(client);
    const months = await client.query<{ text: string; rows: number; noted: number }>(
      `select symbol || ' ' || to_char(month, 'YYYY-MM') as text, m.rows::int as noted,
         (select count(*)::int from market_data b where b.symbol = m.symbol and date_trunc('month', ts_utc) = m.month) as rows
       from windrow.bar_months m`,
    );
    for (const { text, rows: found, noted } of months.rows)
      if (found !== rows || noted !== rows) wrong.push(`${text} has ${found} bars, ${noted} are noted`);
    return wrong;
  } finally {
    await client.end();
  }
}

test.each(Object.keys(actions))(`%s: every lie ends it in order (seed ${seed})`, async name => {
  const action = actions[name]!;
  const { error: none, messages } = await through(action, -1, ({ bytes }) => bytes);
  expect(none).toBeUndefined();
  const draw = draws(seed);
  const codes = new Set<string>();
  for (const [what, lie] of Object.entries(lies)) {
    for (let time = 0; time < times; time++) {
      const at = Math.floor(((time + draw.uniform()) / times) * messages);
      const share = draw.uniform();
      const { error } = await through(action, at, told => lie(told, share));
      const place = `${what} at message ${at} of ${messages}: ${(error as Error)?.stack}`;
      if (error === undefined) continue;
      // the server's own word for a statement that it refuses is passed on
      if ((error as { code?: string }).code === '57014') codes.add('57014');
      else {
        expect(error, place).toBeInstanceOf(WindrowError);
        codes.add((error as WindrowError).code);
      }
    }
    expect(await stored(), what).toEqual([]);
  }
  expect([...codes]).toEqual(expect.arrayContaining(['WR_DATABASE_LOST']));
});
