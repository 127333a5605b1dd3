import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { windrow } from '../bench/command.ts';
import { mustEqual } from '../bench/figure.ts';
import { benchServer } from '../bench/server.ts';
import { draws } from '../support/draws.ts';

// npm run torture:import -- [ROWS ...]
//
// Peak resident memory of `windrow import` of one file of so many rows: ten times the rows must not mean more memory.

const asked = process.argv.slice(2).map(Number);
const sizes = asked.length > 0 ? asked : [500_000, 5_000_000];

/** Minute bars without a gap, from 2010 on, in pieces of a day. */
function* lines(rows: number): Generator<string> {
  const { uniform } = draws(1);
  yield 'time,open,high,low,close,volume\n';
  let price = 1.1;
  const start = Date.UTC(2010, 0, 1);
  for (let row = 0; row < rows; row += 1440) {
    let text = '';
    for (let minute = 0; minute < Math.min(1440, rows - row); minute++) {
      const open = price;
      price *= 1 + (uniform() - 0.5) / 2000;
      const [high, low] = [Math.max(open, price) * 1.0001, Math.min(open, price) * 0.9999];
      const time = new Date(start + (row + minute) * 60_000).toISOString().slice(0, 19);
      const values = [open, high, low, price].map(value => value.toFixed(5));
      text += `${time},${values.join(',')},${Math.floor(uniform() * 500)}\n`;
    }
    yield text;
  }
}

const server = await benchServer();
try {
  for (const rows of sizes) {
    const file = join(server.folder, 'eurusd.csv');
    await pipeline(Readable.from(lines(rows)), createWriteStream(file));
    const place = ['--database-url', server.database.secretUrl, '--schema', `of_${rows}`];
    const { peakMb, tookMs, cpuMs } = await windrow(['import', file, ...place]);
    const client = await server.database.connect();
    const { rows: counted } = await client.query(`select count(*)::int as n from of_${rows}.market_data`);
    mustEqual('rows imported', counted[0].n, rows);
    await client.query(`drop schema of_${rows} cascade`);
    await client.end();
    const times = `${(tookMs / 1000).toFixed(1)} s, CPU ${(cpuMs / 1000).toFixed(1)} s`;
    console.log(`import of ${rows} rows: peak ${Math.round(peakMb)} MB, ${times}`);
  }
} finally {
  await server.close();
}
