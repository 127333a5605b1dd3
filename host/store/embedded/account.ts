import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WindrowError } from '../../errors.ts';

/** The operating-system account that runs the server when this process may not: Postgres refuses to run as root. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number };

/** The account to run the server as, or undefined when the server runs as the caller. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const line = lines.find(fields => fields[0] === name);
    if (line) return { name, uid: Number(line[2]), gid: Number(line[3]) };
  }
  throw new WindrowError('WR_EMBEDDED_ACCOUNT');
}

/** Throws when `account` cannot enter `folder`, naming the first folder on the way that is closed to it. */
export async function checkReachable(folder: string, account: Account): Promise<void> {
  const { uid, gid, mode } = await stat(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  const parent = dirname(folder);
  if (parent !== folder) await checkReachable(parent, account);
  if ((mode & bit) === 0) {
    throw new WindrowError('WR_DATA_DIR', {
      dir: folder,
      what: `is closed to the account "${account.name}", which runs the server because root may not`,
    });
  }
}
