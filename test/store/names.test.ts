import { describe, expect, test } from 'vitest';
import { checkedName, literal, qualify } from '../../host/store/identifiers.ts';
import { monthEnd, monthMicros, monthOf, monthsFrom, nextMonth, sqlTime } from '../../host/store/month.ts';
import { barsTable, familyTable, partitionName } from '../../host/store/tables.ts';

describe('months', () => {
  test('follow one another across years and leap days', () => {
    expect(monthsFrom('2023-11', '2024-03')).toEqual(['2023-11', '2023-12', '2024-01', '2024-02', '2024-03']);
    expect(monthsFrom('2024-03', '2024-02')).toEqual([]);
    expect(nextMonth('9998-12')).toBe('9999-01');
    expect(monthEnd('2024-02')).toBe('2024-03-01 00:00:00');
    expect((monthMicros('2024-03') - monthMicros('2024-02')) / 86_400e6).toBe(29);
  });

  test('a time lies in the month that has begun and not ended', () => {
    expect(monthOf(monthMicros('2024-03'))).toBe('2024-03');
    expect(monthOf(monthMicros('2024-03') - 1)).toBe('2024-02');
    expect(monthOf(-1)).toBe('1969-12');
  });

  test('times keep their microseconds, before 1970 too', () => {
    expect(sqlTime(monthMicros('2024-07') + 1)).toBe('2024-07-01 00:00:00.000001');
    expect(sqlTime(-1)).toBe('1969-12-31 23:59:59.999999');
  });

  test.each(['2024-7', '2024-13', '2024-00', '', '2024-07-01', "2024-07'"])('"%s" is none', text => {
    expect(() => nextMonth(text)).toThrow();
  });
});

describe('names', () => {
  test('are quoted whole', () => {
    expect(qualify('a"b', 'c.d')).toBe('"a""b"."c.d"');
    expect(literal(`it's`)).toBe(`'it''s'`);
    expect(literal('back\\slash')).toBe(String.raw`E'back\\slash'`);
  });

  test('of partitions say family, symbol and month', () => {
    const family = { family: 'bollinger_rate', set: 'fx', columns: ['a'] };
    expect(partitionName(familyTable(family), 'eurusd', '2024-07')).toBe('bollinger_rate_eurusd_2024_07');
    const monthly = familyTable({ ...family, partition: 'month' });
    expect(partitionName(monthly, '*', '2024-07')).toBe('bollinger_rate_2024_07');
    expect(partitionName(barsTable(), 'eurusd', '2024-07')).toBe('market_data_eurusd_2024_07');
  });

  test('that Postgres would cut are refused, counted in bytes', () => {
    expect(checkedName('x'.repeat(58))).toHaveLength(58);
    for (const name of ['x'.repeat(59), 'ü'.repeat(30), '', 'a\0b'])
      expect(() => checkedName(name)).toThrow('bytes');
  });
});
