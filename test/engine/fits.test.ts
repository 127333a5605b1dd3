import { expect, test } from 'vitest';
import { parameter } from '../../host/catalog/expr.ts';
import type { Model } from '../../host/catalog/family.ts';
import { clock, mean } from '../../host/catalog/vocabulary.ts';
import { FitReader, fitSeries } from '../../host/engine/fits.ts';
import { Arena } from '../../host/engine/module.ts';
import { plan } from '../../host/engine/plan.ts';
import { Session } from '../../host/engine/session.ts';

const minute = 60_000_000;
const hour = 60 * minute;

const model = (name: string, anchor: 'month' | 'hour'): Model => ({
  ...{ name, title: '', anchor },
  outputs: [
    { name: 'hour', expr: clock('hour'), description: '' },
    { name: 'minute', expr: clock('minute'), description: '' },
    { name: 'never', expr: parameter('nothing'), description: '' },
  ],
});

test('outputs are read in the first row of each month and hour, however the rows come', async () => {
  const models = [model('monthly', 'month'), model('hourly', 'hour')];
  const start = Date.UTC(2024, 1, 28) * 1000;
  // 7 minutes apart, with an hour left out and an end of a month among them
  const time = Float64Array.from({ length: 700 }, (_, t) => start + (7 * t + (t > 333 ? 119 : 0)) * minute);
  const planned = plan([{ name: 'any', expr: mean(clock('dow'), 2) }], {}, fitSeries(models));
  expect(planned.features.map(({ name }) => name)).toEqual(['any']);
  for (const rows of [1, 7, 100, 384]) {
    const arena = await Arena.create();
    const column = arena.allocate(8 * time.length);
    const session = new Session(arena, planned, { nothing: Number.NaN });
    session.load({ time: column });
    const reader = new FitReader(arena, session, models);
    arena.f64(column, time.length).set(time);
    for (let row = 0; row < time.length; ) {
      const count = Math.min(rows, session.room, time.length - row);
      session.run(row, count);
      reader.read(column + 8 * row, count);
      row += count;
    }
    const expected = [
      ...[...time]
        .filter((at, t) => t === 0 || monthOf(at) !== monthOf(time[t - 1]!))
        .map(at => outputsAt('monthly', at)),
      ...[...time]
        .filter((at, t) => t === 0 || hourOf(at) !== hourOf(time[t - 1]!))
        .map(at => outputsAt('hourly', at)),
    ];
    const found = ['monthly', 'hourly'].flatMap(name => reader.found.filter(one => one.model === name));
    expect(found).toEqual(expected);
  }
});

const hourOf = (time: number): number => Math.floor(time / hour) * hour;
const monthOf = (time: number): number => {
  const date = new Date(time / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) * 1000;
};
const outputsAt = (name: string, time: number) => ({
  model: name,
  anchor: name === 'hourly' ? hourOf(time) : monthOf(time),
  values: {
    hour: new Date(time / 1000).getUTCHours(),
    minute: new Date(time / 1000).getUTCMinutes(),
    never: Number.NaN,
  },
});
