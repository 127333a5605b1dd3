import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readConfig } from '../../host/config/file.ts';
import { WindrowError } from '../../host/errors.ts';
import { samples } from '../bars/samples.ts';
import { readAll, scratchFolder } from '../bars/support.ts';
import { mutated } from '../support/mutations.ts';

// Files that somebody made, or broke: what is in them is read or rejected line by line, and an error names the file, and where
// there is one the line.

const folder = scratchFolder();

const csvWords = [
  ...[
    '"',
    '""',
    "'",
    ',',
    ';',
    '\t',
    '\r',
    '\r\n',
    '\n\n',
    ' ',
    '-',
    '+',
    '.',
    '..',
    'e',
    '1e999',
    '-0',
    '0x10',
    'NaN',
  ],
  ...[
    'inf',
    'null',
    '∞',
    '\ufeff',
    '\0',
    '1970',
    '9999-12-31',
    '2024-02-30',
    '2024-07-01 24:00:00',
    '1719792000',
  ],
  ...[
    '17197920000000',
    '-1',
    '99999999999999999999',
    '1,1,1,1',
    '<DATE>',
    'time',
    '#',
    'x'.repeat(300),
    '\xff\xfe',
  ],
];
const inOneFolder = (name: string): string => {
  const place = join(folder, 'fuzzed');
  mkdirSync(place, { recursive: true });
  return join(place, name);
};

test('bars with faults are bars, rejected lines, or an error that names the file', async () => {
  const file = fc.constantFrom(...samples).chain(sample => {
    const text = Buffer.from(`${sample.lines.join('\n')}\n${sample.lines.slice(-1)}\n`);
    return fc.record({
      sample: fc.constant(sample),
      gzipped: fc.integer({ min: 0, max: 9 }).map(draw => draw === 0),
      bytes: mutated(fc.constant(text), csvWords),
    });
  });
  let read = 0;
  let refused = 0;
  const property = fc.asyncProperty(file, async ({ sample, gzipped, bytes }) => {
    const path = inOneFolder(`${sample.file}${gzipped ? '.gz' : ''}`);
    // a broken archive is broken behind its head
    writeFileSync(path, gzipped ? gzipSync(bytes).subarray(0, 12 + (bytes.length % 40)) : bytes);
    const { batches, error } = await readAll([path], { ...sample.options, rejectsDir: false });
    if (error) {
      refused++;
      expect(error.message).toContain(basename(path));
    }
    for (const { bars } of batches) {
      const { time, columns } = bars;
      for (let row = 0; row < time.length; row++) {
        read++;
        expect(Number.isSafeInteger(time[row])).toBe(true);
        if (row > 0) expect(time[row]!).toBeGreaterThan(time[row - 1]!);
        for (const name of ['open', 'high', 'low', 'close'] as const) {
          expect(columns[name]![row]).toBeGreaterThan(0);
          expect(columns[name]![row]).toBeLessThan(Number.POSITIVE_INFINITY);
        }
        expect(columns.high![row]!).toBeGreaterThanOrEqual(columns.low![row]!);
      }
    }
  });
  await fc.assert(property, { numRuns: 120 });
  expect(read).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(5);
});

const sound = `set: fx
pairs: [eurusd, gbpusd]
workers: 4
database:
  url: postgresql://me@host/db
  schema: features
sets:
  stocks-hourly:
    options: { basic: true }
    off: [rsi_volume.rsi_1d]
baselines: { eurusd: 1.07 }
session: { zone: America/New_York, days: [mon, tue], open: "09:30", close: "16:00" }
source:
  table: public.m1_{pair}
  columns: { open: o, close: c }
custom:
  mine:
    define: { m: "mean(close, 20)" }
    features: { z: (close - m) / std(close, 20) }
`;
const yamlWords = [
  ...[
    '&a ',
    '*a',
    '*b',
    '<<: *a',
    '!!js/function x',
    '!!binary x',
    '!!set',
    '? ',
    ': ',
    '- ',
    '---\n',
    '...\n',
    '%YAML 9\n',
  ],
  ...[
    '\t',
    '{',
    '}',
    '[',
    ']',
    '|',
    '>',
    '"',
    "'",
    '#',
    '\n',
    '\n  ',
    '~',
    'null',
    'true',
    '1e999',
    '.nan',
    '__proto__: 1\n',
  ],
  ...[
    'constructor',
    '\0',
    '\ufeff',
    '{a: &x [*x]}',
    '&x [*x, *x]',
    '[[[[[[[[',
    '? {a: b}\n: c',
    '🙂',
    'set: stocks\n',
    '0o17',
  ],
];

test('a configuration with faults is read or refused with its file and line', () => {
  const path = inOneFolder('windrow.config.yaml');
  let refused = 0;
  fc.assert(
    fc.property(mutated(fc.constant(Buffer.from(sound)), yamlWords), bytes => {
      writeFileSync(path, bytes);
      try {
        for (const key of readConfig(path).lines.values()) expect(key).toBeGreaterThan(0);
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(WindrowError);
        const { code, message } = error as WindrowError;
        expect(code).toMatch(/^WR_CONFIG_(SYNTAX|INVALID)$/);
        expect(message).toMatch(/windrow\.config\.yaml:[1-9]\d*: ./);
      }
    }),
    { numRuns: 150 },
  );
  expect(refused).toBeGreaterThan(30);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('aliases of aliases do not fill the memory', () => {
  const path = inOneFolder('windrow.config.yaml');
  const levels = Array.from({ length: 30 }, (_, i) => `  l${i + 1}: &l${i + 1} [*l${i}, *l${i}, *l${i}]`);
  writeFileSync(path, `custom:\n  l0: &l0 [x]\n${levels.join('\n')}\n`);
  expect(() => readConfig(path)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^WR_CONFIG_/) }),
  );
});
