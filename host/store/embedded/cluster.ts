import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { WindrowError } from '../../errors.ts';
import { makeFolder } from '../../folders.ts';
import { type Account, checkReachable } from './account.ts';
import type { Binaries } from './binaries.ts';
import { folderError } from './folder.ts';
import { run } from './run.ts';

/** The files of an embedded database. Only `cluster` and `socket` belong to the account that runs the server. */
export type Paths = ReturnType<typeof pathsIn>;

export const pathsIn = (dataDir: string) => ({
  dataDir,
  cluster: join(dataDir, 'cluster'),
  socket: join(dataDir, 'socket'),
  users: join(dataDir, 'users'),
  password: join(dataDir, 'password'),
  log: join(dataDir, 'cluster', 'server.log'),
  lock: join(dataDir, 'lock'),
  keep: join(dataDir, 'keep'),
});

/** Where the embedded database lives unless told otherwise. Root gets a folder that the server's account can reach. */
export function defaultDataDir(): string {
  const { XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  if (XDG_DATA_HOME) return join(XDG_DATA_HOME, 'windrow');
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? homedir(), 'windrow');
  return process.getuid?.() === 0 ? '/var/lib/windrow' : join(homedir(), '.local', 'share', 'windrow');
}

const own = async (path: string, account: Account | undefined) => {
  if (account) await chown(path, account.uid, account.gid);
};

/** Makes the data folder with the folders in it, or says why that cannot be. */
export async function prepareFolder(paths: Paths, account: Account | undefined): Promise<void> {
  try {
    const made = await makeFolder(paths.dataDir, account ? 0o755 : 0o700);
    // The password and the lock are closed to others one by one; the server's account must pass through. A folder that
    // holds other things is left as it is.
    const names = await readdir(paths.dataDir);
    if (account && (made || names.length === 0 || names.includes(basename(paths.cluster)))) {
      const { mode } = await stat(paths.dataDir);
      await chmod(paths.dataDir, (mode & 0o777) | 0o011);
    }
    await makeFolder(paths.users, 0o700);
    await makeFolder(paths.socket, 0o700);
    await own(paths.socket, account);
  } catch (cause) {
    throw folderError(paths.dataDir, cause);
  }
  if (account) await checkReachable(paths.dataDir, account);
}

/** The major version that made the cluster, or undefined when there is none yet. */
export async function clusterMajor(paths: Paths): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(paths.cluster, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    // a folder of somebody else may hold one
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw folderError(paths.dataDir, error);
    return undefined;
  }
}

/** Makes the cluster beside its place and moves it there when it is whole: a kill leaves either nothing or all. */
export async function initCluster(
  paths: Paths,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  const fresh = `${paths.cluster}.new`;
  const secret = `${fresh}.secret`;
  const password = randomBytes(24).toString('base64url');
  await rm(fresh, { recursive: true, force: true });
  try {
    await mkdir(fresh, { mode: 0o700 });
    await own(fresh, account);
    await writeFile(secret, `${password}\n`, { mode: 0o600 });
    await own(secret, account);
    const { code, output } = await run(
      join(binaries.dir, 'initdb'),
      [
        ...['--pgdata', fresh, '--username', 'windrow', '--pwfile', secret, '--auth', 'scram-sha-256'],
        ...['--encoding', 'UTF8', '--no-locale', '--no-instructions'],
      ],
      account,
    );
    if (code !== 0) {
      if (/no space left/i.test(output)) throw new WindrowError('WR_DISK_FULL', { where: paths.dataDir });
      throw new WindrowError('WR_EMBEDDED_START', {
        what: `initdb says: ${output.split('\n').slice(-3).join('; ')}`,
      });
    }
    await appendFile(
      join(fresh, 'postgresql.conf'),
      "\ninclude_if_exists = 'windrow.conf'\ninclude_if_exists = 'local.conf'\n",
    );
    await writeFile(paths.password, `${password}\n`, { mode: 0o600 });
    await rename(fresh, paths.cluster);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(secret, { force: true });
  }
}

export const readPassword = async (paths: Paths): Promise<string> => {
  try {
    return (await readFile(paths.password, 'utf8')).trim();
  } catch (cause) {
    const what = `holds a database but its file "password" cannot be read`;
    throw new WindrowError('WR_DATA_DIR', { dir: paths.dataDir, what }, { cause });
  }
};
