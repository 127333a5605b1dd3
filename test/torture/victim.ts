import { catchInterrupt } from '../../host/cli/interrupt.ts';
import { Output } from '../../host/cli/output.ts';
import { backfill, openDatabase } from '../../host/index.ts';

// A backfill in a process of its own, to be killed: `node victim.ts URL NAME OPTIONS`. Heeds signals as the command does, and
// prints each event as a line of JSON, at last the report or the error.

const [, , url, applicationName, options] = process.argv;
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const { signal } = catchInterrupt(new Output());
try {
  const database = await openDatabase({ databaseUrl: url!, applicationName: applicationName! });
  const { workerFile, ...rest } = JSON.parse(options!);
  const entry = workerFile === undefined ? undefined : new URL(workerFile);
  const report = await backfill({ database, onEvent: print, signal, workerFile: entry, ...rest });
  print({ kind: 'report', ...report });
  await database.close();
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  print({ kind: 'error', code, message });
  process.exitCode = 1;
}
