import { backfill, openDatabase } from '../../host/index.ts';

// A backfill in a process of its own, to be killed: `node backfillProcess.ts URL [OPTIONS]`, the options as JSON. Prints each
// event as a line of JSON and at last the report.

const database = await openDatabase({ databaseUrl: process.argv[2] });
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const options = JSON.parse(process.argv[3] ?? '{}');
const report = await backfill({ database, workers: 2, onEvent: print, ...options });
print({ kind: 'report', ...report });
await database.close();
