import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { floorStatements } from '../../host/bench/floor.ts';
import type { Database } from '../../host/store/database.ts';
import type { EncodedFile } from './encodedFiles.ts';

/** The floor of a backfill by `psql \copy` from the files, one process a connection. */
export async function floorByPsql(
  database: Database,
  partitions: readonly EncodedFile[],
  folder: string,
  options: { readonly schema: string; readonly connections: number },
): Promise<number> {
  const { schema, connections } = options;
  // the largest first, each to whoever has least: psql cannot take the next from a common queue
  const shares = Array.from({ length: connections }, () => ({ bytes: 0, lines: [] as string[] }));
  for (const partition of partitions.toSorted((a, b) => b.bytes - a.bytes)) {
    const share = shares.reduce((least, other) => (other.bytes < least.bytes ? other : least));
    const { before, copy, after } = floorStatements(partition, schema);
    share.bytes += partition.bytes;
    share.lines.push(before, `\\copy ${copy} from '${partition.file}' (format binary, freeze)`, after);
  }
  const scripts = await Promise.all(
    shares.map(async ({ lines }, i) => {
      const script = join(folder, `floor${i}.sql`);
      await writeFile(script, `${lines.join('\n')}\n`);
      return script;
    }),
  );
  const start = performance.now();
  await Promise.all(scripts.map(script => runPsql(database, ['-f', script])));
  return performance.now() - start;
}

/** Runs psql quietly; throws with what it says when it fails. */
export async function runPsql(database: Database, args: readonly string[]): Promise<void> {
  const env = { ...process.env, PGOPTIONS: '-c timezone=UTC' };
  const all = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database.secretUrl, ...args];
  const child = spawn('psql', all, { stdio: ['ignore', 'ignore', 'pipe'], env });
  let said = '';
  child.stderr.on('data', chunk => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`psql ended with ${code}: ${said}`);
}

/** What psql says of itself, or undefined when there is none on the PATH. */
export function psqlVersion(): string | undefined {
  try {
    return execFileSync('psql', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
