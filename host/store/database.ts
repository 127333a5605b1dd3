import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parse } from 'pg-connection-string';
import { WindrowError } from '../errors.ts';
import type { EmbeddedOptions } from './embedded/server.ts';
import { connectError, errorCode, type Where } from './postgresErrors.ts';
import { guardProtocol } from './protocol.ts';
import { breakingSilence } from './silence.ts';

/** How to reach a database. Plain data, so that a worker thread can be given it. Holds the password. */
export type Connection = {
  readonly config: pg.ClientConfig;
  readonly where: Where;
};

export type DatabaseOptions = {
  /** A server of the user's: `postgresql://user@host/database`. Wins over everything else. */
  readonly databaseUrl?: string | undefined;
  /** Where the embedded database lives; asking for one wins over DATABASE_URL and the PG* variables. */
  readonly dataDir?: string | undefined;
  readonly binDir?: string | undefined;
  /** Settings of the embedded server, over our own. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** What others read in pg_stat_activity and in messages about who holds a partition. */
  readonly applicationName?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
};

export type Database = {
  /** Where it is, without secrets. */
  readonly url: string;
  /** The same with the password, for `psql` and for other programs. */
  readonly secretUrl: string;
  readonly embedded: boolean;
  readonly dataDir: string | undefined;
  readonly connection: Connection;
  /** A new connection. The caller ends it. */
  connect(): Promise<pg.Client>;
  /** Lets go of the server; an embedded one stops behind its last user. */
  close(): Promise<void>;
};

const oldestVersion = 150_000;
const startingUpMs = 60_000;

const showUrl = ({ host, port, database, user, password }: pg.ClientConfig, secret: boolean): string => {
  const name = encodeURIComponent(database ?? '');
  const word = secret && typeof password === 'string' && password !== '' ? password : undefined;
  if (host?.startsWith('/')) {
    const query = new URLSearchParams({ host, ...(port && port !== 5432 ? { port: String(port) } : {}) });
    if (user) query.set('user', user);
    if (word) query.set('password', word);
    // a space as libpq reads it, to which + is no space
    return `postgresql:///${name}?${query.toString().replaceAll('%2F', '/').replaceAll('+', '%20')}`;
  }
  const login = user ? `${encodeURIComponent(user)}${word ? `:${encodeURIComponent(word)}` : ''}@` : '';
  return `postgresql://${login}${host}:${port}/${name}`;
};

/** Fills in what libpq would: the PG* variables, then the account's name, `localhost` and 5432. */
function connectionFrom(config: pg.ClientConfig, options: DatabaseOptions): Connection {
  const { env = process.env, applicationName } = options;
  const user = config.user ?? env.PGUSER ?? userInfo().username;
  const password = config.password ?? env.PGPASSWORD;
  const set = config.options ?? env.PGOPTIONS;
  const full = {
    ...config,
    host: config.host ?? env.PGHOST ?? 'localhost',
    port: Number(config.port ?? env.PGPORT ?? 5432),
    user,
    database: config.database ?? env.PGDATABASE ?? user,
    ...(password ? { password } : {}),
    ...(set ? { options: set } : {}),
    application_name: (applicationName ?? `windrow ${hostname()}:${process.pid}`).slice(0, 63),
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  } satisfies pg.ClientConfig;
  return { config: full, where: { url: showUrl(full, false), user, database: full.database } };
}

/**
 * What every statement of ours relies on, whatever the server or the role has as its default. The server notices within a
 * minute that a host has gone, not after two hours, and takes its locks away.
 */
const session = `
  set timezone to 'UTC'; set datestyle to 'ISO'; set default_transaction_isolation to 'read committed';
  set statement_timeout to 0; set lock_timeout to 0; set idle_in_transaction_session_timeout to 0;
  set tcp_keepalives_idle to 30; set tcp_keepalives_interval to 10; set tcp_keepalives_count to 3; set tcp_user_timeout to 60000;
  show server_version_num`;

/**
 * What can be shown of a text that is no URL: a password that was not escaped, which is often why it is none, may hold
 * any separator, so all between the scheme and the last @ goes, and every value of the query.
 */
const unreadableUrl = (url: string): string =>
  url.replace(/^([a-z+]+:\/\/)?.*@/is, '$1***@').replace(/=[^&]*/g, '=***');

function parseUrl(url: string): pg.ClientConfig {
  try {
    const { host, port, database, ...rest } = parse(url);
    // with one slash, all of it would be the name of a database, and be shown
    if (!/^postgres(ql)?:\/\//.test(url)) throw new Error('it does not begin with "postgresql://"');
    const given = { ...(host ? { host } : {}), ...(port ? { port: Number(port) } : {}) };
    // Empty parts are left out, so that the PG* variables fill them.
    const login = Object.fromEntries(
      Object.entries(rest).filter(([, value]) => value !== '' && value != null),
    );
    return { ...login, ...given, ...(database ? { database } : {}) } as pg.ClientConfig;
  } catch (cause) {
    const values = { url: unreadableUrl(url), what: 'this is not a database URL' };
    throw new WindrowError('WR_DATABASE_UNREACHABLE', values, { cause });
  }
}

/** Opens one connection, waiting while the server starts up or recovers. Errors are in the user's terms. */
export async function connectDatabase({ config, where }: Connection): Promise<pg.Client> {
  const deadline = Date.now() + startingUpMs;
  for (;;) {
    const client = new pg.Client(config);
    // A connection lost while idle also fails its next query, which reports it; unheard, it would end the process.
    client.on('error', () => {});
    guardProtocol(client, where.url);
    try {
      await client.connect();
      const results = (await breakingSilence(client, startingUpMs, () =>
        client.query(session),
      )) as unknown as pg.QueryResult<{ server_version_num: string }>[];
      const found = Number(results.at(-1)?.rows[0]?.server_version_num);
      if (found >= oldestVersion) return client;
      throw new WindrowError('WR_DATABASE_VERSION', { ...where, found: Math.floor(found / 10_000) });
    } catch (error) {
      await client.end().catch(() => {});
      if (errorCode(error) !== '57P03' || Date.now() > deadline) throw connectError(error, where);
      await sleep(200);
    }
  }
}

/** Which database the options and the environment ask for; undefined is the embedded one. */
function givenConfig({
  databaseUrl,
  dataDir,
  env = process.env,
}: DatabaseOptions): pg.ClientConfig | undefined {
  if (databaseUrl) return parseUrl(databaseUrl);
  if (dataDir) return undefined;
  if (env.DATABASE_URL) return parseUrl(env.DATABASE_URL);
  return env.PGHOST || env.PGDATABASE ? {} : undefined;
}

// the server is loaded where there is one to open: a worker thread only connects
const defaultDataDir = async (): Promise<string> => (await import('./embedded/cluster.ts')).defaultDataDir();

type Opened = { readonly connection: Connection; close(): Promise<void> };

async function openEmbeddedDatabase(
  place: EmbeddedOptions,
  options: DatabaseOptions,
  triesLeft = 2,
): Promise<Opened> {
  const { openEmbedded } = await import('./embedded/server.ts');
  const server = await openEmbedded(place);
  const { host, port, user, password } = server;
  const connectionTo = (database: string) =>
    connectionFrom({ host, port, user, password, database, options: '', ssl: false }, options);
  const connection = connectionTo('windrow');
  try {
    const client = await connectDatabase(connection).catch(async error => {
      if (!(error instanceof WindrowError && error.code === 'WR_DATABASE_MISSING')) throw error;
      const admin = await connectDatabase(connectionTo('postgres'));
      // Two first uses at once: one creates it, the other finds it there.
      await admin.query('create database windrow').catch(cause => {
        if (!['42P04', '23505'].includes(errorCode(cause))) throw cause;
      });
      return admin;
    });
    await client.end();
  } catch (error) {
    await server.close();
    const gone = error instanceof WindrowError && error.code === 'WR_DATABASE_UNREACHABLE';
    if (!gone || triesLeft === 0) throw error;
    // It died after it was seen running; the next look finds it dead and starts it.
    await sleep(200);
    return openEmbeddedDatabase(place, options, triesLeft - 1);
  }
  return { connection, close: server.close };
}

/** The folder of the embedded database that the options ask for; undefined where they ask for a server of the user's. */
export const embeddedFolder = async (options: DatabaseOptions = {}): Promise<string | undefined> =>
  givenConfig(options) ? undefined : resolve(options.dataDir ?? (await defaultDataDir()));

/**
 * Opens the database that the options name, else the one of DATABASE_URL or PGHOST/PGDATABASE, else the embedded
 * one, which is made and started as needed. One connection is tried before this returns.
 */
export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const given = givenConfig(options);
  const dataDir = await embeddedFolder(options);
  let opened: Opened;
  if (dataDir === undefined) {
    opened = { connection: connectionFrom(given!, options), close: async () => {} };
    await (await connectDatabase(opened.connection)).end();
  } else {
    const { binDir, settings } = options;
    const server = { dataDir, ...(binDir ? { binDir } : {}), ...(settings ? { settings } : {}) };
    opened = await openEmbeddedDatabase(server, options);
  }
  const { connection } = opened;
  let closing: Promise<void> | undefined;
  return {
    url: connection.where.url,
    secretUrl: showUrl(connection.config, true),
    embedded: dataDir !== undefined,
    dataDir,
    connection,
    connect: () => connectDatabase(connection),
    close: () => {
      closing ??= opened.close();
      return closing;
    },
  };
}
