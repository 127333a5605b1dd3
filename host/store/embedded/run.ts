import { execFile } from 'node:child_process';
import type { Account } from './account.ts';

export type Outcome = { readonly code: number | string; readonly output: string };

/**
 * Runs one of Postgres's own programs to its end and returns its exit code (or the system's error code, such as
 * EACCES) with what it printed. `PG*` variables of the user's are for their own server and are not passed on.
 */
export function run(program: string, args: readonly string[], account?: Account): Promise<Outcome> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  const env = { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
  const who = account ? { uid: account.uid, gid: account.gid } : {};
  return new Promise(resolve => {
    execFile(program, args, { env, cwd: '/', windowsHide: true, ...who }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? 1) : 0, output: `${stdout}${stderr}`.trim() });
    });
  });
}
