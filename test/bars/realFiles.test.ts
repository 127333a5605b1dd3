import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatTime } from '../../host/bars/calendar.ts';
import type { BarBatch } from '../../host/bars/index.ts';
import type { BarColumn } from '../../host/catalog/bars.ts';
import { readAll } from './support.ts';

// Real bars cannot be published with the project; where they lie beside it, every file is read.
const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

type Facts = { readonly rows: number; readonly first: string; readonly last: string };

const manifest = (): Map<string, Facts> => {
  const [head, ...lines] = readFileSync(join(data, 'MANIFEST.tsv'), 'utf8').trimEnd().split('\n');
  const names = head!.split('\t');
  const at = (fields: string[], name: string) => fields[names.indexOf(name)]!;
  return new Map(
    lines.map(line => {
      const fields = line.split('\t');
      return [
        at(fields, 'file'),
        { rows: Number(at(fields, 'rows')), first: at(fields, 'first'), last: at(fields, 'last') },
      ];
    }),
  );
};

const folders = [
  'crypto_1m_2024',
  'equity_daily_2018_2022',
  'equity_hourly_2025/eq_regular',
  'equity_hourly_2025/eq_with_extended',
  'fx_daily_28',
  'fx_m1_2021q1',
  'fx_m1_bidask',
  'fx_m1_gappy_202306',
  'fx_m1_histdata_2019',
];

/** The lines of a file by plain means: no shared code with the reader. */
const naive = (path: string) => {
  const [head, ...lines] = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n');
  const names = head!.split(',');
  const rows = lines.map(line => {
    const fields = line.split(',');
    const value = (name: string) => {
      const text = fields[names.indexOf(name)];
      return text === undefined || text === '' ? Number.NaN : Number(text);
    };
    return { time: Date.parse(`${fields[0]!.replace(' ', 'T')}Z`) * 1000, value };
  });
  const isCrossed = (row: (typeof rows)[number]) =>
    ['open', 'high', 'low', 'close'].some(part => row.value(`ask_${part}`) < row.value(part));
  return { good: rows.filter(row => !isCrossed(row)), crossed: rows.filter(isCrossed) };
};

const columnOf = (batches: readonly BarBatch[], column: BarColumn): Float64Array =>
  Float64Array.from(
    batches.flatMap(({ bars }) => [...(bars.columns[column] ?? bars.time.map(() => Number.NaN))]),
  );

describe.skipIf(!existsSync(data))('real bars', () => {
  for (const folder of folders) {
    it(`of ${folder} are read as their manifest has them`, async () => {
      const facts = manifest();
      const files = readdirSync(join(data, folder)).map(name => join(data, folder, name));
      const { reports, error } = await readAll(files, { rejectsDir: false });
      expect(error).toBeUndefined();
      expect(reports).toHaveLength(files.length);
      for (const report of reports) {
        const { rows, first, last } = facts.get(`${folder}/${basename(report.file)}`)!;
        const rejected = report.rejected['crossed quote'] ?? 0;
        expect(report.rows + rejected, report.file).toBe(rows);
        expect(report).toMatchObject({ lines: rows + 1, unsorted: 0, equalDuplicates: 0 });
        expect([formatTime(report.first), formatTime(report.last)], report.file).toEqual([first, last]);
      }
    });
  }

  for (const file of [
    'fx_m1_2021q1/AUDUSD',
    'fx_m1_bidask/lean_fxcm_EURUSD',
    'equity_daily_2018_2022/AMCR',
    'fx_daily_28/CADJPY',
  ]) {
    it(`of ${file} have the bits that plain means give`, async () => {
      const path = join(data, `${file}.csv.gz`);
      const { batches, reports } = await readAll([path], { rejectsDir: false });
      const { good, crossed } = naive(path);
      expect(reports[0]!.rejected['crossed quote'] ?? 0).toBe(crossed.length);
      expect(batches.flatMap(({ bars }) => [...bars.time])).toEqual(good.map(row => row.time));
      for (const name of [
        'open',
        'high',
        'low',
        'close',
        'volume',
        'ask_open',
        'ask_low',
        'ask_close',
      ] as const) {
        expect(columnOf(batches, name), name).toEqual(Float64Array.from(good, row => row.value(name)));
      }
      if (file.startsWith('fx_daily')) {
        expect(columnOf(batches, 'spread_close')).toEqual(
          Float64Array.from(good, row => row.value('spread') / 1000),
        );
      }
    });
  }
});
