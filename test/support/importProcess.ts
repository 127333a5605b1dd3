import { loadBars, openDatabase } from '../../host/index.ts';
import { roundsOfBars } from './rounds.ts';

// A process that loads rounds of bars and prints how many pieces it has written, for tests that kill it.
const [databaseUrl, rounds] = process.argv.slice(2);
const database = await openDatabase({ databaseUrl });
let written = 0;
await loadBars(database, roundsOfBars(Number(rounds)), {
  set: 'stocks-daily',
  onWritten: () => process.stdout.write(`${++written}\n`),
});
await database.close();
