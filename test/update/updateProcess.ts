import { openDatabase, update } from '../../host/index.ts';

// An update in a process of its own, to be killed: `node updateProcess.ts URL SET`. Prints each event as a line of JSON.

const [databaseUrl, set] = process.argv.slice(2);
const database = await openDatabase({ databaseUrl });
await update({
  database,
  set: set!,
  workers: 2,
  onEvent: event => process.stdout.write(`${JSON.stringify(event)}\n`),
});
await database.close();
