import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bidAskColumns, generateBars, readBars, writeCsv } from '../../host/bars/index.ts';
import type { BarColumn } from '../../host/catalog/bars.ts';

// Microseconds of processor time per bar of making, writing and reading bars, on one core. The last case is the least
// that JavaScript can do with a file: split lines at commas and convert the fields, without any check.

const options = { seed: 1, pairs: ['eurusd', 'usdjpy', 'gbpusd', 'audusd'], from: '2024-07', to: '2024-08' };
const repeats = 7;

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

async function measure(name: string, bytes: number, run: () => Promise<number> | number): Promise<void> {
  const each: number[] = [];
  let rows = 0;
  for (let i = 0; i < repeats; ++i) {
    const before = process.cpuUsage();
    rows = await run();
    const { user, system } = process.cpuUsage(before);
    if (i > 0) each.push((user + system) / rows);
  }
  const size = bytes > 0 ? `${(bytes / rows).toFixed(0)} bytes` : '';
  console.log(`${name.padEnd(40)} ${median(each).toFixed(2).padStart(6)} us/bar  ${size}`);
}

const readAll = async (paths: readonly string[]): Promise<number> => {
  let rows = 0;
  for await (const batch of readBars(paths, { rejectsDir: false })) rows += batch.bars.time.length;
  return rows;
};

function splitAll(paths: readonly string[]): number {
  let rows = 0;
  for (const path of paths) {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1);
    const width = lines[0]!.split(',').length;
    const planes = Array.from({ length: width }, () => new Float64Array(lines.length));
    for (const [row, line] of lines.entries()) {
      const fields = line.split(',');
      planes[0]![row] = Date.parse(`${fields[0]!.replace(' ', 'T')}Z`);
      for (let i = 1; i < width; ++i) planes[i]![row] = Number(fields[i]);
    }
    rows += lines.length;
  }
  return rows;
}

const folder = mkdtempSync(join(tmpdir(), 'windrow-bench-'));
try {
  await measure('make', 0, () => {
    let rows = 0;
    for (const { bars } of generateBars(options)) rows += bars.time.length;
    return rows;
  });
  const months = [...generateBars(options)];
  const ohlcv: readonly BarColumn[] = ['open', 'high', 'low', 'close', 'volume'];
  for (const [name, columns] of [
    ['open to close and volume', ohlcv],
    ['with quotes', bidAskColumns],
  ] as const) {
    const write = (suffix: string) => async (): Promise<number> => {
      let rows = 0;
      for (const pair of options.pairs) {
        const parts = months.filter(month => month.symbol === pair);
        rows += await writeCsv(join(folder, `${pair}${suffix}`), parts, { columns });
      }
      return rows;
    };
    const paths = (suffix: string): string[] => options.pairs.map(pair => join(folder, `${pair}${suffix}`));
    const size = (suffix: string): number =>
      paths(suffix).reduce((sum, path) => sum + statSync(path).size, 0);
    await measure(`write, ${name}`, 0, write('.csv'));
    await write('.csv.gz')();
    await measure(`read, ${name}`, size('.csv'), () => readAll(paths('.csv')));
    await measure(`read, ${name}, gzip`, size('.csv.gz'), () => readAll(paths('.csv.gz')));
    await measure(`split only, ${name}`, size('.csv'), () => splitAll(paths('.csv')));
  }
} finally {
  rmSync(folder, { recursive: true });
}
