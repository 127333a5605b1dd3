import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { generateBars, writeCsv } from '../../host/bars/index.ts';
import { interleave } from '../../host/bench/rounds.ts';
import { barColumns } from '../../host/catalog/bars.ts';
import type { Database } from '../../host/store/database.ts';
import { windrow } from './command.ts';
import { type Figure, figureOf, type Measured, mustEqual, ratios } from './figure.ts';
import { psqlVersion, runPsql } from './psql.ts';
import { benchServer } from './server.ts';

// `windrow import` against `psql \copy` of the same uncompressed file into a table of the same columns. The table that
// psql fills is plain: no partitions, no key, nothing checked. Both are processes, timed from start to end.

const market = { seed: 1, pairs: ['eurusd'], from: '2023-09', to: '2024-08' };
const rounds = 3;

const columns = ['ts_utc', ...barColumns];

/** A number that follows from every value of every row, in whatever order. */
async function fingerprint(database: Database, table: string): Promise<string> {
  const client = await database.connect();
  const { rows } = await client.query<{ text: string }>(
    `select concat(count(*), ' rows, hash ', sum(hash_record_extended(row(${columns.join(', ')}), 0))) as text from ${table}`,
  );
  await client.end();
  return rows[0]!.text;
}

export async function benchImport(): Promise<Figure[] | Measured> {
  if (!psqlVersion()) return { figures: [], missing: ['import: no psql on the PATH to compare with'] };
  const server = await benchServer();
  try {
    const { database, folder } = server;
    const file = join(folder, 'eurusd.csv');
    const rows = await writeCsv(file, generateBars(market));
    let expected: string | undefined;
    const check = async (table: string): Promise<void> => {
      const found = await fingerprint(database, table);
      expected ??= found;
      mustEqual(`content of ${table}`, found, expected);
    };
    let run = 0;
    const results = await interleave(
      {
        psql: async () => {
          const table = `plain${run++}`;
          const list = columns
            .map(name => `${name} ${name === 'ts_utc' ? 'timestamp' : 'float8'}`)
            .join(', ');
          await runPsql(database, ['-c', `create table ${table} (${list})`]);
          const start = performance.now();
          await runPsql(database, ['-c', `\\copy ${table} from '${file}' (format csv, header)`]);
          const tookMs = performance.now() - start;
          await check(table);
          await runPsql(database, ['-c', `drop table ${table}`]);
          return rows / tookMs;
        },
        import: async () => {
          const schema = `imported${run++}`;
          const place = ['--database-url', database.secretUrl, '--schema', schema];
          const { tookMs } = await windrow(['import', file, ...place]);
          await check(`${schema}.market_data`);
          await runPsql(database, ['-c', `drop schema ${schema} cascade`]);
          return rows / tookMs;
        },
      },
      rounds,
    );
    const { size } = await stat(file);
    const bench = 'import';
    const what = `${rows} rows, ${Math.round(size / 2 ** 20)} MB`;
    return [
      figureOf(
        { bench, figure: `speed over that of psql \\copy (${what})`, unit: 'x', goal: { atLeast: 0.5 } },
        ratios(results.import!, results.psql!),
      ),
      figureOf({ bench, figure: 'rows of windrow import', unit: 'k/s' }, results.import!),
      figureOf({ bench, figure: 'rows of psql \\copy', unit: 'k/s' }, results.psql!),
    ];
  } finally {
    await server.close();
  }
}
