import { readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WindrowError } from '../../errors.ts';
import { type Account, serverAccount } from './account.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { clusterMajor, initCluster, type Paths, pathsIn, prepareFolder, readPassword } from './cluster.ts';
import { withFileLock } from './fileLock.ts';
import { inFolder } from './folder.ts';
import { processExists } from './liveness.ts';
import { run } from './run.ts';
import { type Address, serverSettings } from './settings.ts';
import { addUser, liveUsers } from './users.ts';

export type EmbeddedOptions = {
  readonly dataDir: string;
  /** A folder with initdb, pg_ctl and postgres to use instead of the packaged ones. */
  readonly binDir?: string;
  /** Server settings over our own, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long a stop in order may take before the server is stopped at once; default 20. */
  readonly stopSeconds?: number;
};

export type EmbeddedServer = Address & {
  readonly user: string;
  readonly password: string;
  readonly version: string;
  /** Ends this use; the last user stops the server, unless it is to be kept. */
  close(): Promise<void>;
};

/** The longest path that fits a Unix socket's address on every system (104 bytes on macOS, 108 on Linux). */
const socketPathLimit = 103;
const socketPort = 5432;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

async function chooseAddress(paths: Paths): Promise<Address> {
  const socket = `${paths.socket}/.s.PGSQL.${socketPort}`;
  const usable = process.platform !== 'win32' && Buffer.byteLength(socket) <= socketPathLimit;
  return usable ? { host: paths.socket, port: socketPort } : { host: '127.0.0.1', port: await freePort() };
}

const answers = ({ host, port }: Address): Promise<boolean> =>
  new Promise(resolve => {
    const path = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
    const socket = createConnection(path);
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false)).setTimeout(5000, end(false));
  });

/** Reads the server's own pid file: process, address. The format has been the same since version 10. */
async function readPidFile(paths: Paths): Promise<{ pid: number; address: Address } | undefined> {
  const text = await readFile(join(paths.cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid = '', , , port = '', socketDir = '', listen = ''] = text.split('\n');
  return { pid: Number(pid), address: { host: socketDir || listen, port: Number(port) } };
}

/** The address of the running server, or undefined when none runs (whatever files a crash has left). */
async function findRunning(paths: Paths): Promise<Address | undefined> {
  const found = await readPidFile(paths);
  if (!found || !processExists(found.pid)) return undefined;
  return (await answers(found.address)) ? found.address : undefined;
}

/** No process ever has this number: Linux ends at 4,194,304, macOS at 99,999. */
const noProcess = '999999999';

/**
 * The process number in a crashed server's files may since have been given to another program, or be that of a dead
 * process that nobody has waited for, as happens in containers; Postgres would take either for a running server.
 * The rest of its pid file is kept: by it Postgres sees whether processes of the crashed server still work on the data.
 */
async function disownStaleFiles(paths: Paths): Promise<void> {
  const found = await readPidFile(paths);
  if (!found || !processExists(found.pid)) return;
  const commandLine = await readFile(`/proc/${found.pid}/cmdline`, 'utf8').catch(() => undefined);
  if (commandLine === undefined || commandLine.includes(paths.cluster)) return;
  const file = join(paths.cluster, 'postmaster.pid');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^.*/, noProcess));
  await rm(join(paths.socket, `.s.PGSQL.${socketPort}.lock`), { force: true });
}

/** What the server has logged from that byte on. */
const logFrom = async (paths: Paths, start: number): Promise<string> =>
  (await readFile(paths.log).catch(() => Buffer.alloc(0))).subarray(start).toString();

function lastFatalLine(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-20);
  return lines.findLast(line => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? '';
}

/** A full disk may not have room for the line of the log that says so. */
async function diskIsFull(paths: Paths, log: string): Promise<boolean> {
  if (/no space left on device|disk quota exceeded/i.test(log)) return true;
  const { bavail, bsize } = await statfs(paths.cluster);
  return bavail * bsize < leastFreeBytes;
}

const leastFreeBytes = 64 * 1024;
const logLimitBytes = 10 * 2 ** 20;
const startSeconds = 60;
/** For the checkpoint of a stop in order; what it leaves undone the next start recovers. */
const stopSeconds = 20;
const immediateStopSeconds = 10;

const waiting = (seconds: number): string[] => ['--silent', '--wait', '--timeout', String(seconds)];

async function start(
  paths: Paths,
  binaries: Binaries,
  account: Account | undefined,
  extra = {},
): Promise<Address> {
  await disownStaleFiles(paths);
  let logged = await stat(paths.log).then(
    ({ size }) => size,
    () => 0,
  );
  if (logged > logLimitBytes) {
    await rename(paths.log, `${paths.log}.old`);
    logged = 0;
  }
  const address = await chooseAddress(paths);
  const settings = serverSettings(address, extra);
  await inFolder(paths.dataDir, () => writeFile(join(paths.cluster, 'windrow.conf'), settings));
  const args = ['start', '--pgdata', paths.cluster, '--log', paths.log, ...waiting(startSeconds)];
  const attempt = async () => {
    const { code, output } = await run(join(binaries.dir, 'pg_ctl'), args, account);
    return { code, output, log: code === 0 ? '' : await logFrom(paths, logged) };
  };
  let outcome = await attempt();
  // The children of a server that was killed need a moment to notice and to let go of its memory.
  for (let again = 0; again < 20; again++) {
    if (!/shared memory block .* still in use/.test(lastFatalLine(outcome.log))) break;
    await sleep(500);
    outcome = await attempt();
  }
  const { code, output, log } = outcome;
  if (code === 0) return address;
  if (await diskIsFull(paths, log)) throw new WindrowError('WR_DISK_FULL', { where: paths.dataDir });
  throw new WindrowError('WR_EMBEDDED_START', {
    what: `${lastFatalLine(log) || output} (see "${paths.log}")`,
  });
}

/**
 * Stops in order, and at once when that takes too long: a server that recovers, as it does again and again on a full
 * disk, does not heed an order to stop. Nothing that was committed is lost either way.
 */
async function stop(
  paths: Paths,
  binaries: Binaries,
  account: Account | undefined,
  seconds = stopSeconds,
): Promise<void> {
  const stopBy = (mode: string, limit: number) =>
    run(
      join(binaries.dir, 'pg_ctl'),
      ['stop', '--pgdata', paths.cluster, '--mode', mode, ...waiting(limit)],
      account,
    );
  if ((await stopBy('fast', seconds)).code === 0) return;
  const { code, output } = await stopBy('immediate', immediateStopSeconds);
  if (code !== 0 && (await findRunning(paths))) throw new WindrowError('WR_EMBEDDED_START', { what: output });
}

/** A full disk has no room for the lock, so nobody can start a server either: stopping one then goes without. */
async function lockedToStop<T>(paths: Paths, body: () => Promise<T>): Promise<T> {
  let entered = false;
  const enter = () => {
    entered = true;
    return body();
  };
  try {
    return await withFileLock(paths.lock, enter);
  } catch (error) {
    const full = error instanceof WindrowError && error.code === 'WR_DISK_FULL';
    if (entered || !full) throw error;
    return body();
  }
}

/** Uses the embedded server in `dataDir`: makes it the first time, starts it when it does not run. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const paths = pathsIn(options.dataDir);
  const account = await serverAccount();
  await prepareFolder(paths, account);
  const { address, note, binaries } = await withFileLock(paths.lock, async () => {
    const binaries = await findBinaries(paths.dataDir, account, options.binDir);
    const major = await clusterMajor(paths);
    if (major === undefined) await initCluster(paths, binaries, account);
    else if (major !== binaries.major) {
      const what = `was made by Postgres ${major}, and this is Postgres ${binaries.version}`;
      throw new WindrowError('WR_DATA_DIR', { dir: paths.dataDir, what });
    }
    const address = (await findRunning(paths)) ?? (await start(paths, binaries, account, options.settings));
    return { address, note: await addUser(paths), binaries };
  });
  const close = () =>
    lockedToStop(paths, async () => {
      await rm(note, { force: true });
      const kept = await stat(paths.keep).catch(() => undefined);
      if (!kept && (await liveUsers(paths)).length === 0)
        await stop(paths, binaries, account, options.stopSeconds);
    });
  return {
    ...address,
    user: 'windrow',
    password: await readPassword(paths),
    version: binaries.version,
    close,
  };
}

/** Whether the server outlives its users, until {@link stopEmbedded}. */
export async function keepEmbedded(dataDir: string): Promise<void> {
  await inFolder(dataDir, () => writeFile(pathsIn(dataDir).keep, '', { mode: 0o600 }));
}

export type StopOutcome = { readonly stopped: boolean; readonly users: readonly number[] };

/** Stops the server in `dataDir`. While other processes use it, it goes on, and their numbers are returned. */
export async function stopEmbedded(
  { dataDir, binDir, stopSeconds }: EmbeddedOptions,
  force = false,
): Promise<StopOutcome> {
  const paths = pathsIn(dataDir);
  if ((await clusterMajor(paths)) === undefined) return { stopped: false, users: [] };
  const account = await serverAccount();
  return lockedToStop(paths, async () => {
    const binaries = await findBinaries(dataDir, account, binDir);
    const users = await liveUsers(paths);
    if (users.length > 0 && !force) return { stopped: false, users };
    await rm(paths.keep, { force: true });
    if (!(await findRunning(paths))) return { stopped: false, users };
    await stop(paths, binaries, account, stopSeconds);
    return { stopped: true, users };
  });
}

/** Whether `dataDir` holds a database. */
export const hasDatabase = async (dataDir: string): Promise<boolean> =>
  (await clusterMajor(pathsIn(dataDir))) !== undefined;

/** What is in `dataDir`, without starting anything. */
export async function embeddedState(
  dataDir: string,
): Promise<{ exists: boolean; running: boolean; users: number[] }> {
  const paths = pathsIn(dataDir);
  const exists = (await clusterMajor(paths)) !== undefined;
  return { exists, running: exists && !!(await findRunning(paths)), users: await liveUsers(paths) };
}
