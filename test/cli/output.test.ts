import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { BackfillEvent, Task } from '../../host/backfill/types.ts';
import { setByName } from '../../host/catalog/catalog.ts';
import { followBackfill } from '../../host/cli/backfillView.ts';
import { failureOf } from '../../host/cli/fail.ts';
import { fitRows } from '../../host/cli/fitsView.ts';
import { bytes, count, counted, duration, large, listed, percent } from '../../host/cli/format.ts';
import { progressText, Rate } from '../../host/cli/liveBar.ts';
import { colourful, Output } from '../../host/cli/output.ts';
import { createProgress } from '../../host/cli/progress.ts';
import { printTable } from '../../host/cli/table.ts';
import { WindrowError } from '../../host/errors.ts';
import type { StoredFit } from '../../host/store/modelFits.ts';

/** A stream that remembers what was written, and may be a terminal. */
function screen(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100 });
  let written = '';
  stream.setEncoding('utf8').on('data', text => {
    written += text;
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written };
}

const outputs = (isTTY: boolean, json = false) => {
  const [out, err] = [screen(isTTY), screen(isTTY)];
  return { output: new Output({ json, stdout: out.stream, stderr: err.stream }), out, err };
};

describe('numbers', () => {
  it.each([
    [duration(40), '40 ms'],
    [duration(1250), '1.3 s'],
    [duration(59_400), '59 s'],
    [duration(185_000), '3 min 05 s'],
    [duration(7_800_000), '2 h 10 min'],
    [duration(Number.NaN), '-'],
    [bytes(999), '999 B'],
    [bytes(1_250_000), '1.25 MB'],
    [bytes(43_900_000_000), '43.9 GB'],
    [large(950), '950'],
    [large(65_657_476), '65.7 million'],
    [percent(0), '0 %'],
    [percent(0.00001), '< 0.01 %'],
    [percent(0.0017), '0.17 %'],
    [percent(0.505), '51 %'],
    [percent(Number.NaN), '-'],
    [count(2_326_446), '2,326,446'],
    [counted(1, 'partition'), '1 partition'],
    [counted(0, 'family', 'families'), '0 families'],
    [listed(['a', 'b', 'c'], 2), 'a, b and 1 more'],
  ])('read as people read them: %s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('colours', () => {
  it('appear on a terminal only, and not with NO_COLOR', () => {
    const { stream } = screen(true);
    expect(colourful(stream, {})).toBe(true);
    expect(colourful(stream, { NO_COLOR: '1' })).toBe(false);
    expect(colourful(stream, { TERM: 'dumb' })).toBe(false);
    expect(colourful(screen(false).stream, {})).toBe(false);
  });
});

describe('a table', () => {
  it('has aligned columns, no borders and no trailing blanks', () => {
    const { output, out } = outputs(false);
    printTable(output, {
      head: ['name', 'rows'],
      rows: [
        ['a', '1,000'],
        ['longer', '7'],
      ],
      right: [1],
    });
    expect(out.text()).toBe('name     rows\na       1,000\nlonger      7\n');
  });
});

describe('progress', () => {
  it('tells rows, speed, time left and task', () => {
    const state = { done: 25_000_000, total: 65_000_000, rows: 900_000, task: 'eurusd 2024-07 bqx_base' };
    expect(progressText('cells', state, 8e6)).toBe(
      '900 thousand rows  8.00 million cells/s  5.0 s left  eurusd 2024-07 bqx_base',
    );
    expect(progressText('cells', { ...state, task: '' }, Number.NaN)).toBe('900 thousand rows  -  - left');
  });

  it('measures the speed of the last moments', () => {
    const rate = new Rate(1000);
    expect(rate.perSecond).toBeNaN();
    for (const [at, done] of [
      [0, 0],
      [1000, 10],
      [2000, 1000],
      [3000, 2000],
    ] as const)
      rate.add(at, done);
    expect(rate.perSecond).toBe(1000);
  });

  const run = async (isTTY: boolean, json: boolean) => {
    const { output, out, err } = outputs(isTTY, json);
    let clock = 0;
    const progress = await createProgress(output, { unit: 'cells', now: () => clock });
    progress.start(1000);
    clock = 1000;
    progress.advance({ done: 500, rows: 50, task: 'eurusd 2024-07' });
    progress.finished('eurusd 2024-07: done', { kind: 'task-done' });
    progress.say('careful', { kind: 'waiting' });
    progress.stop();
    return { out: out.text(), err: err.text() };
  };

  it('is a bar on a terminal', async () => {
    const { out, err } = await run(true, false);
    expect(out).toBe('');
    expect(err).toContain('50 %');
    expect(err).toContain('eurusd 2024-07');
    expect(err).toContain('careful\n');
    expect(err).not.toContain('eurusd 2024-07: done');
  });

  it('is a line per finished task without one', async () => {
    expect(await run(false, false)).toEqual({ out: '', err: 'eurusd 2024-07: done\ncareful\n' });
  });

  it('is an object per line with --json', async () => {
    expect(await run(true, true)).toEqual({ out: '{"kind":"task-done"}\n{"kind":"waiting"}\n', err: '' });
  });
});

describe('a backfill', () => {
  it('counts the families of a part where a month is shared out', async () => {
    const { output, err } = outputs(false);
    const follow = followBackfill(await createProgress(output, { unit: 'cells' }), output);
    const month = { symbol: 'eurusd', month: '2024-07' };
    const part = (...families: string[]) => ({ ...month, families, rows: 30 }) as unknown as Task;
    for (const family of ['a', 'b', 'c', 'd'])
      follow({ kind: 'partition', ...month, family, rows: 31 } as unknown as BackfillEvent);
    follow({ kind: 'task-done', task: part('a', 'b', 'c'), tookMs: 40 });
    follow({ kind: 'task-done', task: part('d'), tookMs: 40 });
    expect(err.text()).toBe(
      'eurusd 2024-07: 31 bars, 3 families, 40 ms\neurusd 2024-07: 31 bars, 1 family, 40 ms\n',
    );
  });
});

describe('a list of fits', () => {
  it('shows failures in a row as one', () => {
    const fitAt = (hour: number, values: Partial<StoredFit> = {}) =>
      ({
        ...{ symbol: 'eurusd', model: 'johansen_rate', anchor: `2024-07-01 0${hour}:00:00` },
        ...{ converged: false, observations: null, iterations: null, logLikelihood: null, parameters: {} },
        ...values,
      }) as StoredFit;
    const done = { converged: true, observations: 1440, parameters: { rank_95: 1 } };
    const rows = fitRows(setByName('fx'), [fitAt(0), fitAt(1), fitAt(2), fitAt(3, done), fitAt(4)]);
    expect(rows.map(cells => cells.slice(2).join(' | '))).toEqual([
      '2024-07-01 00:00 | - | - | not fitted, 3 times until 2024-07-01 02:00',
      '2024-07-01 03:00 | 1,440 | - | rank_95 1',
      '2024-07-01 04:00 | - | - | not fitted',
    ]);
  });
});

describe('failures', () => {
  it('of the system are the environment, of anything else a defect', () => {
    const system = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'open' });
    expect(failureOf(system)).toMatchObject({ code: 'EACCES', exitCode: 3 });
    expect(failureOf(new Error('odd'))).toMatchObject({ code: 'WR_INTERNAL', exitCode: 1 });
    // somebody cancels a statement; a statement of ours is wrong
    const said = (code: string) => Object.assign(new Error('as it is'), { code, severity: 'ERROR' });
    expect(failureOf(said('57014'))).toMatchObject({ code: '57014', exitCode: 3 });
    expect(failureOf(said('42601'))).toMatchObject({ code: 'WR_INTERNAL', exitCode: 1 });
    expect(failureOf(new WindrowError('WR_RANGE', { from: 'b', to: 'a' }))).toMatchObject({
      code: 'WR_RANGE',
      exitCode: 2,
      message: 'months from "b" to "a" are none',
    });
  });
});

it('big numbers survive JSON', () => {
  const { output, out } = outputs(false);
  output.object({ checksum: 2n ** 63n, rows: 7 });
  expect(out.text()).toBe('{"checksum":"9223372036854775808","rows":7}\n');
});
