import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../host/cli/fail.ts';
import { bytes, count, counted, duration, large, listed, percent } from '../../host/cli/format.ts';
import { colourful, Output } from '../../host/cli/output.ts';
import { createProgress, progressText, Rate } from '../../host/cli/progress.ts';
import { printTable } from '../../host/cli/table.ts';
import { WindrowError } from '../../host/errors.ts';

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

  const run = (isTTY: boolean, json: boolean) => {
    const { output, out, err } = outputs(isTTY, json);
    let clock = 0;
    const progress = createProgress(output, { unit: 'cells', now: () => clock });
    progress.start(1000);
    clock = 1000;
    progress.advance({ done: 500, rows: 50, task: 'eurusd 2024-07' });
    progress.finished('eurusd 2024-07: done', { kind: 'task-done' });
    progress.say('careful', { kind: 'waiting' });
    progress.stop();
    return { out: out.text(), err: err.text() };
  };

  it('is a bar on a terminal', () => {
    const { out, err } = run(true, false);
    expect(out).toBe('');
    expect(err).toContain('50 %');
    expect(err).toContain('eurusd 2024-07');
    expect(err).toContain('careful\n');
    expect(err).not.toContain('eurusd 2024-07: done');
  });

  it('is a line per finished task without one', () => {
    expect(run(false, false)).toEqual({ out: '', err: 'eurusd 2024-07: done\ncareful\n' });
  });

  it('is an object per line with --json', () => {
    expect(run(true, true)).toEqual({ out: '{"kind":"task-done"}\n{"kind":"waiting"}\n', err: '' });
  });
});

describe('failures', () => {
  it('of the system are the environment, of anything else a defect', () => {
    const system = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'open' });
    expect(failureOf(system)).toMatchObject({ code: 'EACCES', exitCode: 3 });
    expect(failureOf(new Error('odd'))).toMatchObject({ code: 'WR_INTERNAL', exitCode: 1 });
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
