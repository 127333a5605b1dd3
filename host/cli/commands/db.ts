import type { Database } from '../../store/database.ts';
import { type Command, type Context, command, type ExitCode } from '../command.ts';
import { withDatabase } from '../database.ts';

const options = ['databaseUrl', 'dataDir'] as const;

/** The embedded server is left running for whoever gets its address. */
async function keep({ dataDir }: Database): Promise<void> {
  if (dataDir === undefined) return;
  const { keepEmbedded } = await import('../../store/embedded/server.ts');
  await keepEmbedded(dataDir);
}

/** Opens the database for those who ask for one that is there: in a mistyped folder none is made. */
async function withExisting(
  context: Pick<Context, 'settings'>,
  body: (database: Database) => Promise<ExitCode>,
): Promise<ExitCode> {
  const [{ databaseChoice }, { embeddedFolder }] = await Promise.all([
    import('../../config/settings.ts'),
    import('../../store/database.ts'),
  ]);
  const dir = await embeddedFolder(databaseChoice(await context.settings()));
  if (dir !== undefined) {
    const { hasDatabase } = await import('../../store/embedded/server.ts');
    const { WindrowError } = await import('../../errors.ts');
    if (!(await hasDatabase(dir))) throw new WindrowError('WR_DATA_DIR_NONE', { dir });
  }
  return withDatabase(context, body);
}

const url = command({
  name: 'url',
  summary: 'print the address of the database, with its password',
  details:
    'The embedded server is started when needed, and goes on until "windrow db stop". Where there is no database in its folder yet, none is made: exit code 3.',
  options: ['json', ...options],
  examples: [
    { line: 'psql "$(windrow db url)"', what: 'open a shell in it with your own psql' },
    { line: 'export DATABASE_URL="$(windrow db url)"', what: 'let another program use it' },
  ],
  run: context =>
    withExisting(context, async database => {
      await keep(database);
      const { secretUrl, embedded, dataDir } = database;
      if (context.output.json) {
        context.output.object({ kind: 'database', url: secretUrl, embedded, dataDir: dataDir ?? null });
      } else context.output.line(secretUrl);
      return 0;
    }),
});

const start = command({
  name: 'start',
  summary: 'start the embedded Postgres and leave it running',
  details:
    'Makes it where its folder holds none. Commands start it themselves when they need it; starting it once saves them the wait.',
  options: ['dataDir', 'json'],
  examples: [{ line: 'windrow db start', what: 'until "windrow db stop"' }],
  async run({ settings, output }) {
    const [{ defaultDataDir }, { openDatabase }] = await Promise.all([
      import('../../store/embedded/cluster.ts'),
      import('../../store/database.ts'),
    ]);
    const database = await openDatabase({ dataDir: (await settings()).values.dataDir ?? defaultDataDir() });
    await keep(database).finally(() => database.close());
    const { url: address, dataDir } = database;
    if (output.json) output.object({ kind: 'database', url: address, dataDir });
    else output.line(`running at ${address}`);
    return 0;
  },
});

const stop = command({
  name: 'stop',
  summary: 'stop the embedded Postgres',
  options: ['dataDir', 'force', 'json'],
  meanings: { force: 'stop it even while a command is using it' },
  examples: [
    { line: 'windrow db stop', what: 'unless a command is using it' },
    { line: 'windrow db stop --force', what: 'even then; what is under way is rolled back' },
  ],
  async run({ settings, flags, output }) {
    const [{ defaultDataDir }, { stopEmbedded }] = await Promise.all([
      import('../../store/embedded/cluster.ts'),
      import('../../store/embedded/server.ts'),
    ]);
    const dataDir = (await settings()).values.dataDir ?? defaultDataDir();
    const { stopped, users } = await stopEmbedded({ dataDir }, flags.force ?? false);
    const inUse = !stopped && users.length > 0;
    if (output.json) output.object({ kind: 'stopped', dataDir, stopped, users });
    else if (stopped) output.line(`stopped the server in ${dataDir}`);
    else if (!inUse) output.line(`no server was running in ${dataDir}`);
    if (!inUse) return 0;
    const { WindrowError } = await import('../../errors.ts');
    throw new WindrowError('WR_EMBEDDED_IN_USE', { dir: dataDir, users: users.join(', ') });
  },
});

/** The exit code of psql; undefined where there is none. */
async function runPsql(database: Database, args: readonly string[]): Promise<ExitCode | undefined> {
  const { spawn } = await import('node:child_process');
  const { config } = database.connection;
  const env = { ...process.env, ...(config.password ? { PGPASSWORD: String(config.password) } : {}) };
  const child = spawn('psql', [database.url, ...args], { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.on('error', (cause: NodeJS.ErrnoException) =>
      cause.code === 'ENOENT' ? resolve(undefined) : reject(cause),
    );
    child.on('exit', code => resolve(code === 0 ? 0 : 1));
  });
}

/** psql where it is installed, else a shell of our own, which knows `-c STATEMENT` only. */
async function openShell(
  { args, output }: Pick<Context, 'args' | 'output'>,
  database: Database,
): Promise<ExitCode> {
  const exitCode = await runPsql(database, args);
  if (exitCode !== undefined) return exitCode;
  const [flag, statement, ...rest] = args;
  if (flag === undefined || (flag === '-c' && statement !== undefined && rest.length === 0)) {
    const { runShell } = await import('../shell.ts');
    return runShell(database, output, statement);
  }
  const { WindrowError } = await import('../../errors.ts');
  const instead =
    'install the client of Postgres (postgresql-client); without it, only -- -c "STATEMENT" works';
  throw new WindrowError('WR_PROGRAM_MISSING', { program: 'psql', instead });
}

const psql = command({
  name: 'psql',
  summary: 'open a shell in the database',
  details:
    'Runs psql; what stands behind -- goes to it. Where psql is not installed, a plain shell takes its place.',
  argument: { form: '[arguments...]', summary: 'arguments of psql' },
  options,
  leavesInterrupt: true,
  examples: [
    { line: 'windrow db psql', what: 'a shell' },
    { line: 'windrow db psql -- -c "select * from windrow.ledger limit 5"', what: 'one statement' },
  ],
  run: context => withExisting(context, database => openShell(context, database)),
});

export const db: Command = {
  name: 'db',
  summary: 'address, shell, start and stop of the database',
  details:
    'Without --database-url, DATABASE_URL or PGHOST, Windrow uses a Postgres of its own. It lives in a folder of\nyours (--data-dir), starts when a command needs it, and stops behind the last one.',
  options: [],
  examples: [],
  commands: [url, psql, start, stop],
};
