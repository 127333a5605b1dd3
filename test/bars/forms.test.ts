import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { samples } from './samples.ts';
import { ohlcv, readAll, rowsOf, scratchFolder, writeInput } from './support.ts';

const folder = scratchFolder();

describe('a bar file', () => {
  for (const { form, file, lines, options, symbol, zone, rows, notes } of samples) {
    it(`of the form "${form}" is read: ${file}`, async () => {
      const path = writeInput(folder, file, `${lines.join('\n')}\n`);
      const { batches, reports, error } = await readAll([path], options);
      expect(error).toBeUndefined();
      expect(rowsOf(batches, ohlcv).sort()).toEqual(rows);
      expect(reports[0]).toMatchObject({
        format: form,
        symbol,
        zone,
        rows: 2,
        rejected: {},
        notes: notes ?? [],
      });
    });
  }

  it('is the same gzipped, with other line ends, quoted, with a mark or as UTF-16', async () => {
    const { lines, file, rows } = samples[2]!;
    const text = lines.join('\n');
    const forms: (string | Uint8Array)[] = [
      gzipSync(`${text}\n`),
      Buffer.concat([gzipSync(lines.slice(0, 2).join('\n')), gzipSync(`\n${lines[2]}\n`)]),
      `${lines.join('\r\n')}\r\n`,
      `\n${lines.join('\n\n')}`,
      `\uFEFF${text}`,
      Buffer.from(`\uFEFF${text}`, 'utf16le'),
      lines
        .map(line =>
          line
            .split('\t')
            .map(field => `"${field}"`)
            .join('\t'),
        )
        .join('\n'),
      lines.map(line => `${line}\t`).join('\n'),
    ];
    for (const content of forms) {
      const { batches, error } = await readAll([writeInput(folder, file, content)]);
      expect(error).toBeUndefined();
      expect(rowsOf(batches, ohlcv)).toEqual(rows);
    }
  });

  it('may have numbers with separators between quotes', async () => {
    const path = writeInput(
      folder,
      'MSFT.csv',
      'Date,Open,High,Low,Close,Volume\n"2024-07-01","1,446.50","1,447","1,445.1","1,446","12,345,678"\n',
    );
    const { batches } = await readAll([path]);
    expect(rowsOf(batches, ohlcv)).toEqual(['2024-07-01 00:00:00,1446.5,1447,1445.1,1446,12345678']);
  });

  it('of a zone with a spring and an autumn change is read through both', async () => {
    const bar = '1,1,1,1,1';
    const lines = [
      '2024-03-10 01:59',
      '2024-03-10 03:00',
      '2024-11-03 01:30',
      '2024-11-03 01:30',
      '2024-11-03 02:00',
    ];
    const path = writeInput(
      folder,
      'btcusdt.csv',
      `time,open,high,low,close,volume\n${lines.map(time => `${time},${bar}`).join('\n')}\n`,
    );
    const { batches } = await readAll([path], { zone: 'America/New_York' });
    expect(rowsOf(batches, [])).toEqual([
      '2024-03-10 06:59:00',
      '2024-03-10 07:00:00',
      '2024-11-03 05:30:00',
      '2024-11-03 06:30:00',
      '2024-11-03 07:00:00',
    ]);
  });
});
