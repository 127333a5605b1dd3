import { openDatabase, update } from '../../host/index.ts';

// An update in a process of its own, to be killed or cut off: `node updateProcess.ts URL SET [OPTIONS] [NAME]`. Prints each
// event as a line of JSON, and the code of the error that it ended with.

const [databaseUrl, set, options = '{}', applicationName] = process.argv.slice(2);
const database = await openDatabase({ databaseUrl, applicationName });
const print = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
try {
  const { done, failed, rows } = await update({
    ...{ database, set: set!, workers: 2, ...JSON.parse(options) },
    onEvent: print,
  });
  print({ kind: 'report', done, failed, rows });
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  print({ kind: 'error', code, message });
  process.exitCode = 1;
}
await database.close();
