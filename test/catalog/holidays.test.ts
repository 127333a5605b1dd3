import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type HolidayTable, holidayDays } from '../../host/catalog/holidays.ts';
import { holidayDates } from '../dev/holidays.ts';

const dayMillis = 86_400_000;
const iso = (table: HolidayTable) =>
  Array.from(holidayDays(table), day => new Date(day * dayMillis).toISOString().slice(0, 10));
const year = (table: HolidayTable, of: number) => iso(table).filter(date => date.startsWith(`${of}`));

describe('the holiday tables', () => {
  it('are what their generator writes', () => {
    const shipped = readFileSync(new URL('../../host/catalog/holidayDates.ts', import.meta.url), 'utf8');
    expect(shipped).toBe(holidayDates());
  });

  it.each(['us', 'uk', 'jp'] as const)('%s ascends and covers 2000 to 2040 whole', table => {
    const days = holidayDays(table);
    expect(days.every((day, i) => Number.isInteger(day) && (i === 0 || day > days[i - 1]!))).toBe(true);
    expect(iso(table)[0]).toBe('2000-01-01');
    expect(iso(table).at(-1)).toBe('2041-01-01');
  });

  // opm.gov, Federal Holidays
  it('list the federal holidays of the United States', () => {
    expect(year('us', 2024)).toEqual(
      ['01-01', '01-15', '02-19', '05-27', '06-19', '07-04', '09-02', '10-14', '11-11', '11-28', '12-25'].map(
        d => `2024-${d}`,
      ),
    );
    // the first Juneteenth, and days off in lieu: Independence Day 2020, New Year's Day 2022, Veterans Day 2023
    expect(iso('us')).toEqual(
      expect.arrayContaining(['2021-06-18', '2020-07-03', '2021-12-31', '2023-11-10']),
    );
    expect(iso('us')).not.toContain('2020-06-19');
  });

  // gov.uk, UK bank holidays; the London Gazette for the years before
  it('list the bank holidays of England and Wales', () => {
    expect(year('uk', 2012)).toEqual(
      ['01-01', '01-02', '04-06', '04-09', '05-07', '06-04', '06-05', '08-27', '12-25', '12-26'].map(
        d => `2012-${d}`,
      ),
    );
    const once = [
      '2002-06-03',
      '2002-06-04',
      '2011-04-29',
      '2020-05-08',
      '2022-06-03',
      '2022-09-19',
      '2023-05-08',
    ];
    expect(iso('uk')).toEqual(expect.arrayContaining([...once, '2021-12-27', '2021-12-28']));
    for (const moved of ['2002-05-27', '2012-05-28', '2020-05-04', '2022-05-30'])
      expect(iso('uk')).not.toContain(moved);
  });

  // Cabinet Office of Japan, list of national holidays
  it('list the national holidays of Japan', () => {
    expect(year('jp', 2019)).toHaveLength(22);
    // the enthronement and its neighbours, the Olympic summers, and substitutes
    const once = [
      '2019-04-30',
      '2019-05-01',
      '2019-05-02',
      '2019-10-22',
      '2020-07-24',
      '2020-08-10',
      '2021-07-23',
    ];
    const inLieu = ['2024-02-12', '2024-05-06', '2024-08-12', '2021-08-09', '2009-05-06'];
    expect(iso('jp')).toEqual(expect.arrayContaining([...once, ...inLieu]));
    for (const moved of ['2019-12-23', '2020-10-12', '2021-08-11']) expect(iso('jp')).not.toContain(moved);
  });

  it('leave no day between two national holidays of Japan, unless it is a Sunday', () => {
    const days = new Set(holidayDays('jp'));
    const between = [...days].map(day => day + 1).filter(day => !days.has(day) && days.has(day + 1));
    // 1970-01-01 was a Thursday
    expect(
      between.filter(day => (day + 4) % 7 !== 0).map(day => new Date(day * dayMillis).toISOString()),
    ).toEqual([]);
  });
});
