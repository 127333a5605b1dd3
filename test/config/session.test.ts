import { describe, expect, it } from 'vitest';
import { insideSession, sessionTest } from '../../host/config/session.ts';

const micros = (text: string): number => Date.parse(`${text}Z`) * 1000;

describe('a week from Sunday 17:00 to Friday 17:00 in New York', () => {
  const isOpen = sessionTest({ zone: 'America/New_York', week: ['sun 17:00', 'fri 17:00'] });
  it.each([
    ['2024-07-05T20:59', true],
    ['2024-07-05T21:00', false],
    ['2024-07-06T12:00', false],
    ['2024-07-07T20:59', false],
    ['2024-07-07T21:00', true],
    ['2024-01-05T21:59', true],
    ['2024-01-05T22:00', false],
    ['2024-03-10T20:59', false],
    ['2024-03-10T21:00', true],
    ['1969-12-31T12:00', true],
  ])('at %s UTC is open: %s', (time, expected) => {
    expect(isOpen(micros(time))).toBe(expected);
  });
});

describe('days from 09:30 to 16:00', () => {
  const isOpen = sessionTest({
    zone: 'America/New_York',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    open: '09:30',
    close: '16:00',
  });
  it.each([
    ['2024-07-05T13:29', false],
    ['2024-07-05T13:30', true],
    ['2024-07-05T19:59', true],
    ['2024-07-05T20:00', false],
    ['2024-07-06T15:00', false],
  ])('at %s UTC are open: %s', (time, expected) => {
    expect(isOpen(micros(time))).toBe(expected);
  });
});

it('a session over midnight belongs to the day of its opening', () => {
  const isOpen = sessionTest({ zone: 'UTC', days: ['sat'], open: '22:00', close: '02:00' });
  expect(
    ['2024-07-06T21:59', '2024-07-06T22:00', '2024-07-07T01:59', '2024-07-07T02:00'].map(t =>
      isOpen(micros(t)),
    ),
  ).toEqual([false, true, true, false]);
});

it('bars outside are left out of every column', () => {
  const isOpen = (time: number): boolean => time > 1;
  const bars = { time: Float64Array.of(1, 2, 3), columns: { close: Float64Array.of(10, 20, 30) } };
  const inside = insideSession(bars, isOpen);
  expect([...inside.time]).toEqual([2, 3]);
  expect([...(inside.columns.close ?? [])]).toEqual([20, 30]);
  expect(insideSession(inside, isOpen)).toBe(inside);
});
