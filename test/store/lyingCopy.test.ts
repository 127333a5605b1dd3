import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, loadBars, openDatabase, update } from '../../host/index.ts';
import { monthMicros } from '../../host/store/month.ts';
import { errorCode } from '../../host/store/postgresErrors.ts';
import { scratch, windrow } from '../cli/run.ts';
import { type MarketMonth, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type Fate, proxyTo, type Told } from '../support/proxy.ts';
import { commandComplete, message, ready, serverError } from '../support/serverMessages.ts';
import { byMonth, madeUp } from '../update/support.ts';

// A real server behind one that lies in the two things that it says to who sends it rows: that it wants them, and how many it
// has taken. Whatever it says, what is stored is as it was or whole, whoever sent it is told, and the same again completes it.

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const last = (...messages: readonly Buffer[]): Fate => ({ last: Buffer.concat(messages) });
const head = (type: string, length: number): Buffer => {
  const bytes = message(type);
  bytes.writeInt32BE(length, 1);
  return bytes;
};
const tag = (text: string) => (): Fate => commandComplete(text);

/** What comes in the place of its word that it wants rows. */
const asked: Readonly<Record<string, (told: Told) => Fate>> = {
  'closes before the rows': () => last(),
  'closes among the rows': ({ bytes }) => last(bytes),
  'says half of it': ({ bytes }) => last(bytes.subarray(0, 4)),
  'has taken all before they come': () => Buffer.concat([commandComplete('COPY 60'), ready]),
  'wants them in another message': () => message('W', Buffer.from([1, 0, 1, 0, 1])),
  'refuses, and goes on': () => Buffer.concat([serverError('57014', 'canceling statement'), ready]),
  'says no Postgres at all': () => last(Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n')),
  'wants them twice': ({ bytes }) => Buffer.concat([bytes, bytes]),
  'begins a message of 2 GB': () => head('G', 0x7fffffff),
  'is silent': () => 'silence',
};

/** What comes in the place of its word how many it has taken. */
const taken: Readonly<Record<string, (told: Told) => Fate>> = {
  'closes behind the rows': () => last(),
  'has taken fewer': tag('COPY 7'),
  'has taken more than there are': tag('COPY 99999999999999999999'),
  'does not say how many': tag('COPY'),
  'has done something else': tag('SELECT 60'),
  'has done nothing': tag(''),
  'is ready without a word': () => Buffer.alloc(0),
  'begins a message of negative length': () => last(head('C', -2)),
  'says it and closes': ({ bytes }) => last(bytes),
  'is silent behind the rows': () => 'silence',
};

/** Behind these nothing more comes, and only a limit ends the wait. */
const silent = /silent|2 GB|another message/;
const limitMs = 1_500;
const rows = 60;

/** Each lie is told in a room of its own: other bars, so that it is in the state that it begins with. */
type Action = {
  readonly set: string;
  /** Makes what is there before. */
  readonly prepare: (room: number) => Promise<unknown>;
  /** Does it, and says of it what is the same in each room. Throws, with a code, where it is not done. */
  readonly run: (database: Database, room: number, limitMs?: number) => Promise<unknown>;
  readonly table: string;
};

const monthOf = (room: number): string => `${2001 + Math.floor(room / 9)}-0${(room % 9) + 1}`;
const [minutely] = marketMonths(['eurusd'], '2024-07', '2024-07', rows) as [MarketMonth];
const daily = madeUp('stocks-daily', 'weekdays', 1, rows);

/** The bars of a room: a month of a pair, or all that there is of a stock. */
function barsOf(set: string, room: number, add = 0): MarketMonth[] {
  const isFx = set === 'fx';
  const { time, columns } = isFx ? minutely.bars : daily;
  const shift = isFx ? monthMicros(monthOf(room)) - monthMicros('2024-07') : 0;
  const bars = {
    time: time.map(at => at + shift),
    columns: { ...columns, close: columns.close!.map(close => close + add) },
  };
  return isFx ? [{ symbol: 'eurusd', month: monthOf(room), bars }] : [...byMonth({ [`s${room}`]: bars })];
}

const imports = (set: string, table: string, merging: boolean): Action => ({
  set,
  table,
  prepare: async room => merging && loadBars(db.database, barsOf(set, room), { set }),
  run: (database, room, serverTimeoutMs) =>
    loadBars(database, barsOf(set, room, merging ? 1 : 0), { set, serverTimeoutMs }),
});

const updates = (again: boolean): Action => {
  const set = 'stocks-daily';
  const run = async (database: Database, room: number, symbolTimeoutMs?: number) => {
    const options = { database, set, symbols: [`s${room}`], workers: 1, symbolTimeoutMs };
    const { symbols } = await update(options);
    const { status, code, cause, rows, inserted } = symbols[0]!;
    if (status === 'failed') throw Object.assign(new Error(cause), { code });
    return { status, rows, inserted };
  };
  return {
    set,
    table: 'feature_daily',
    run,
    async prepare(room) {
      await loadBars(db.database, barsOf(set, room), { set });
      if (!again) return;
      await run(db.database, room);
      await loadBars(db.database, barsOf(set, room, 1), { set });
    },
  };
};

const actions: Readonly<Record<string, Action>> = {
  'an import of a month': imports('fx', 'market_data', false),
  'an import over what is there': imports('fx', 'market_data', true),
  'an import of many symbols': imports('stocks-daily', 'market_data_1d', false),
  'an import of many symbols over what is there': imports('stocks-daily', 'market_data_1d', true),
  'an update': updates(false),
  'an update of what is there': updates(true),
};

/** What a room has in the table: how many rows, and a hash over their values, times but for the room's. */
async function stored({ set, table }: Action, room: number): Promise<string> {
  const client = await db.connect();
  try {
    const known = await client.query('select to_regclass($1) is not null as known', [table]);
    if (!known.rows[0].known) return 'nothing';
    const [time, where] =
      set === 'fx'
        ? ['ts_utc', `to_char(ts_utc, 'YYYY-MM') = '${monthOf(room)}'`]
        : ['timestamp', `symbol = 's${room}'`];
    const { rows } = await client.query(
      `select count(*) || ' rows ' || coalesce(md5(string_agg(close::text, ',' order by "${time}")), '') as text from ${table} where ${where}`,
    );
    return rows[0].text.startsWith('0 ') ? 'nothing' : rows[0].text;
  } finally {
    await client.end();
  }
}

/** Does it through a server that answers the first COPY so. Returns what came of it, and whether the lie was told. */
async function through(
  { run }: Action,
  room: number,
  [type, fateOf]: readonly [string, (told: Told) => Fate],
  limitMs: number | undefined,
) {
  let told = false;
  const proxy = await proxyTo(db.url, () => message => {
    const isIt = message.type === type && (type === 'G' || message.bytes.includes('COPY '));
    if (told || !isIt || !/copy .* from stdin/.test(message.statement)) return message.bytes;
    told = true;
    return fateOf(message);
  });
  try {
    const database = await openDatabase({ databaseUrl: proxy.url });
    let said: unknown;
    let error: unknown;
    try {
      said = await run(database, room, limitMs).finally(() => database.close());
    } catch (cause) {
      error = cause;
    }
    return { said, error, told };
  } finally {
    await proxy.close();
  }
}

/** Each action is told so few of them, which follow from the seed; all together are told each, and most in each way of writing. */
const every = Number(process.env.WINDROW_EVERY ?? 7);
const seed = Number(process.env.WINDROW_SEED ?? 20_240_701);
const order = Object.keys(actions);

const lies = [
  ...Object.entries(asked).map(([name, fate]) => [name, ['G', fate]] as const),
  ...Object.entries(taken).map(([name, fate]) => [name, ['C', fate]] as const),
];

test.each(order)('%s through a server that lies about its COPY fails, whole', async name => {
  const action = actions[name]!;
  // as it is done by a server that tells the truth
  await action.prepare(0);
  const before = await stored(action, 0);
  const said = await action.run(db.database, 0);
  const after = await stored(action, 0);
  for (const [i, [what, lie]] of lies.entries()) {
    if ((i + seed + order.indexOf(name)) % every !== 0) continue;
    const room = i + 1;
    await action.prepare(room);
    expect(await stored(action, room), what).toBe(before);
    const limit = silent.test(what) ? limitMs : undefined;
    const { said: toldSo, error, told } = await through(action, room, lie, limit);
    expect(told, what).toBe(true);
    // asked twice for what it sends once, a client may do as it should
    if (error === undefined) expect([what, toldSo]).toEqual(['wants them twice', said]);
    else expect(errorCode(error), `${what}: ${error}`).toMatch(/^WR_|57014/);
    const found = await stored(action, room);
    expect([before, after], what).toContain(found);
    const again = await action.run(db.database, room);
    if (found === before) expect(again, what).toEqual(said);
    expect(await stored(action, room), what).toBe(after);
  }
});

test('the command says of which bars it has waited for the server in vain, and ends with 3', async () => {
  const folder = scratch('silent');
  const file = join(folder.path, 'nzdusd.csv');
  writeFileSync(
    file,
    'time,open,high,low,close\n2024-07-01T00:00:00Z,1,1,1,1\n2024-07-01T00:01:00Z,1,1,1,1\n',
  );
  const proxy = await proxyTo(
    db.url,
    () =>
      ({ type, bytes }) =>
        type === 'G' ? 'silence' : bytes,
  );
  const args = ['import', file, '--server-timeout', '1', '--database-url'];
  const { code, stderr } = await windrow([...args, proxy.url]).finally(() => proxy.close());
  expect(stderr).toContain('neither taken nor sent a byte for 1 s (bars of nzdusd 2024-07)');
  expect(code).toBe(3);
  expect(await windrow([...args, db.url])).toMatchObject({ code: 0 });
  folder.remove();
});
