import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTime } from '../../host/bars/calendar.ts';
import { parseNumber } from '../../host/bars/parseNumber.ts';
import { createTimeParser, type DateOrder } from '../../host/bars/parseTime.ts';
import { openZone } from '../../host/bars/zone.ts';

const encoder = new TextEncoder();

const number = (text: string): number => {
  const bytes = encoder.encode(`,${text},`);
  return parseNumber(bytes, 1, bytes.length - 1);
};

describe('parseNumber', () => {
  it('gives the double that the host parser gives, to the bit', () => {
    const decimal = fc
      .tuple(fc.boolean(), fc.stringMatching(/^\d{1,19}$/), fc.stringMatching(/^(\.\d{0,24})?$/))
      .map(([negative, whole, fraction]) => `${negative ? '-' : ''}${whole}${fraction}`);
    fc.assert(
      fc.property(
        fc.oneof(decimal, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
        text => {
          expect(number(text)).toBe(Number(text));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('tells an empty field from a field that is no number', () => {
    for (const text of ['', ' ', 'null', 'NaN', 'NA', 'N/A', '-']) expect(number(text)).toBeNaN();
    for (const text of ['abc', '1.2.3', '1,2', '--1', '0x10', '1e999', 'Infinity', '1_000', '.', '1 2']) {
      expect(number(text), text).toBe(Number.POSITIVE_INFINITY);
    }
    expect(number(' 1.5 ')).toBe(1.5);
    expect(number('+2')).toBe(2);
    expect(number('1.')).toBe(1);
    expect(number('.5')).toBe(0.5);
  });
});

const time = (text: string, order?: DateOrder) => {
  const parser = createTimeParser(order);
  const bytes = encoder.encode(`"${text}"`);
  const at = parser.parse(bytes, 1, bytes.length - 1);
  return {
    text: Number.isNaN(at) ? '' : formatTime(at),
    offset: parser.offsetMinutes,
    dateOnly: parser.dateOnly,
  };
};

describe('createTimeParser', () => {
  const written: readonly (readonly [string, string, number?])[] = [
    ['2024-07-01 09:30:15', '2024-07-01 09:30:15'],
    ['2024-07-01T09:30', '2024-07-01 09:30:00'],
    ['2024.07.01,09:30', '2024-07-01 09:30:00'],
    ['2024/7/1 9:30', '2024-07-01 09:30:00'],
    ['20240701 093015', '2024-07-01 09:30:15'],
    ['20240701,0930', '2024-07-01 09:30:00'],
    ['01.07.2024 09:30:15.250', '2024-07-01 09:30:15.25'],
    ['2024-07-01 09:30:15.123456789', '2024-07-01 09:30:15.123456'],
    ['2024-07-01T09:30:00Z', '2024-07-01 09:30:00', 0],
    ['2024-07-01 09:30:00 UTC', '2024-07-01 09:30:00', 0],
    ['2024-07-01 09:30:00-04:00', '2024-07-01 09:30:00', -240],
    ['2024-07-01 09:30:00+0530', '2024-07-01 09:30:00', 330],
    ['01.07.2024 09:30:00.000 GMT+0200', '2024-07-01 09:30:00', 120],
    ['1719826200', '2024-07-01 09:30:00', 0],
    ['1719826200000', '2024-07-01 09:30:00', 0],
    ['1719826200000001', '2024-07-01 09:30:00.000001', 0],
    ['1719826200000001999', '2024-07-01 09:30:00.000001', 0],
    ['2024-02-29', '2024-02-29 00:00:00'],
    ['07/01/2024', '2024-07-01 00:00:00'],
  ];
  for (const [text, expected, offset] of written) {
    it(`reads ${text}`, () => {
      const parsed = time(text);
      expect(parsed.text).toBe(expected);
      expect(parsed.offset).toBe(offset ?? Number.NaN);
      expect(parsed.dateOnly).toBe(/^\S{10}$/.test(text) && !/^\d+$/.test(text));
    });
  }

  it('reads days first where it is told so', () => {
    expect(time('07/01/2024', 'dmy').text).toBe('2024-01-07 00:00:00');
    expect(time('07.01.2024', 'mdy').text).toBe('2024-07-01 00:00:00');
  });

  it('refuses what is no time', () => {
    const none = [
      '',
      'x',
      '2023-02-29',
      '2024-13-01',
      '2024-00-01',
      '2024-07-32',
      '2024-07-01 24:00',
      '2024-07-01 09:60',
      '2024-07-01 09:30:60',
      '2024-07-01 ',
      '2024-07-01 9',
      '2024-07-01 09:30x',
      '2024-07-01 09:30 CET',
      '12345',
      '12345678901',
      '2024-07',
      '01.07.24',
      '2024-07.01',
      '13/13/2024',
      '1719826200.5',
      '2024-07-01 09:30:15.',
    ];
    for (const text of none) expect(time(text).text, text).toBe('');
  });

  it('reads every day of four centuries as the host does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -3_000_000_000, max: 9_000_000_000 }), seconds => {
        const iso = new Date(seconds * 1000).toISOString().slice(0, 19);
        expect(time(iso).text).toBe(iso.replace('T', ' '));
      }),
    );
  });
});

describe('openZone', () => {
  const at = (text: string): number => Date.parse(`${text}Z`) * 1000;
  const utc = (zone: string, local: string, previous = Number.NEGATIVE_INFINITY): string => {
    const time = openZone(zone).toUtc(at(local), previous);
    return Number.isNaN(time) ? 'none' : formatTime(time).slice(0, 16);
  };

  it('knows offsets, zones and zones moved by an offset', () => {
    expect(utc('+05:30', '2024-07-01T12:00')).toBe('2024-07-01 06:30');
    expect(utc('UTC', '2024-07-01T12:00')).toBe('2024-07-01 12:00');
    expect(utc('Etc/GMT+5', '2024-07-01T12:00')).toBe('2024-07-01 17:00');
    expect(utc('Asia/Kathmandu', '2024-07-01T12:00')).toBe('2024-07-01 06:15');
    expect(utc('Europe/London-05:00', '2024-07-01T12:00')).toBe('2024-07-01 16:00');
    expect(utc('Europe/London-05:00', '2024-01-01T12:00')).toBe('2024-01-01 17:00');
  });

  it('has no time that the clock skips', () => {
    expect(utc('Europe/London', '2024-03-31T00:59')).toBe('2024-03-31 00:59');
    expect(utc('Europe/London', '2024-03-31T01:00')).toBe('none');
    expect(utc('Europe/London', '2024-03-31T01:59')).toBe('none');
    expect(utc('Europe/London', '2024-03-31T02:00')).toBe('2024-03-31 01:00');
  });

  it('takes the first of two occurrences, the second where the line before has reached the first', () => {
    expect(utc('America/New_York', '2024-11-03T01:30')).toBe('2024-11-03 05:30');
    expect(utc('America/New_York', '2024-11-03T01:30', at('2024-11-03T05:29'))).toBe('2024-11-03 05:30');
    expect(utc('America/New_York', '2024-11-03T01:30', at('2024-11-03T05:30'))).toBe('2024-11-03 06:30');
    expect(utc('America/New_York', '2024-11-03T01:30', at('2024-11-03T06:30'))).toBe('2024-11-03 05:30');
  });

  it('inverts the local clock of every half hour of a year', () => {
    for (const zone of ['Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca']) {
      const clock = openZone(zone);
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      const start = Date.UTC(2024, 0, 1);
      for (let time = start; time < start + 366 * 86_400_000; time += 1_800_000) {
        const local = at(format.format(time).replace(' ', 'T'));
        // Read in order, as in a file, both occurrences of an hour are told apart.
        expect(clock.toUtc(local, (time - 1_800_000) * 1000)).toBe(time * 1000);
      }
    }
  });
});
