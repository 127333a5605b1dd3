import { describe, expect, test } from 'vitest';
import type { TaskOrder } from '../../host/backfill/order.ts';
import type { TaskPool } from '../../host/backfill/pool.ts';
import { outlookOf, restMs, triesAgain } from '../../host/backfill/retry.ts';
import { runTasks } from '../../host/backfill/runTasks.ts';
import type { BackfillEvent, Failure } from '../../host/backfill/types.ts';

describe('what failed', () => {
  test.each([
    ['WR_DATABASE_LOST', 'passing'],
    ['40P01', 'passing'],
    ['55P03', 'passing'],
    ['08006', 'passing'],
    ['57P01', 'passing'],
    ['53300', 'passing'],
    ['53100', 'lasting'],
    ['WR_DISK_FULL', 'lasting'],
    ['WR_DATABASE_RIGHTS', 'lasting'],
    ['42P01', 'lasting'],
    ['23505', 'lasting'],
    // wrong use: nothing mends it but another command
    ['WR_PLAN_SIZE', 'lasting'],
    ['WR_TASK_TIMEOUT', 'unknown'],
    ['WR_INTERNAL', 'unknown'],
    ['XX000', 'unknown'],
    ['ERR_WORKER_OUT_OF_MEMORY', 'unknown'],
    ['constructor', 'unknown'],
    ['', 'unknown'],
  ] as const)('%s is %s', (code, outlook) => expect(outlookOf(code)).toBe(outlook));

  test('is tried again as often as it may help', () => {
    const tries = (codes: string[], attempts?: number) => {
      let attempt = 1;
      while (triesAgain(codes, attempt, { attempts })) attempt++;
      return attempt;
    };
    expect(tries(['WR_DISK_FULL'])).toBe(1);
    expect(tries(['WR_DISK_FULL'], 9)).toBe(1);
    expect(tries(['WR_INTERNAL'])).toBe(2);
    expect(tries(['WR_DATABASE_LOST'])).toBe(6);
    expect(tries(['WR_DATABASE_LOST', 'WR_DISK_FULL'])).toBe(6);
    expect(tries(['WR_DATABASE_LOST'], 3)).toBe(3);
    expect(tries(['WR_DATABASE_LOST'], 1)).toBe(1);
  });

  test('waits twice as long each time, up to a limit, not all workers as long', () => {
    const waits = (random: number) => [1, 2, 3, 4, 5, 12].map(attempt => restMs(attempt, () => random));
    expect(waits(1)).toEqual([250, 500, 1000, 2000, 4000, 15_000]);
    expect(waits(0)).toEqual([125, 250, 500, 1000, 2000, 7500]);
  });
});

describe('tasks', () => {
  const task = { symbol: 'eurusd', month: '2024-07', families: ['a', 'b'], rows: 1 };
  const run = async (failures: readonly string[], stopAfterMs?: number) => {
    const events: BackfillEvent[] = [];
    const orders: TaskOrder[] = [];
    let calls = 0;
    const pool = {
      run: async (given: TaskOrder) => {
        orders.push(given);
        const code = failures[calls++];
        const failure: Failure = { symbol: 'eurusd', month: '2024-07', code: code ?? '', cause: 'x' };
        return { failures: code === undefined ? [] : [failure], notes: [] };
      },
    } as unknown as TaskPool;
    const stop = new AbortController();
    if (stopAfterMs !== undefined) setTimeout(() => stop.abort(), stopAfterMs);
    const given: string[] = [];
    const result = await runTasks(pool, [task], {
      orderOf: one => ({ task: one }) as TaskOrder,
      ...{ workers: 1, retry: {}, signal: stop.signal, emit: event => events.push(event) },
      onGivenUp: async (_order, all) => void given.push(...all.map(({ code }) => code)),
    });
    return { calls, events, given, result, attempts: orders.map(({ attempt }) => attempt) };
  };

  test('that lost the database are done when it is back', async () => {
    const { attempts, given, events } = await run(['WR_DATABASE_LOST', '57P03']);
    expect(attempts).toEqual([1, 2, 3]);
    expect(given).toEqual([]);
    const failed = events.filter(event => event.kind === 'task-failed');
    expect(failed).toMatchObject([
      { attempt: 1, retries: true, codes: ['WR_DATABASE_LOST'] },
      { attempt: 2, retries: true, codes: ['57P03'] },
    ]);
    for (const { waitMs } of failed) expect(waitMs).toBeGreaterThan(100);
  });

  test('that cannot be mended are given up at once', async () => {
    const { attempts, given, events } = await run(['WR_DISK_FULL']);
    expect(attempts).toEqual([1]);
    expect(given).toEqual(['WR_DISK_FULL']);
    expect(events.at(-1)).toMatchObject({ kind: 'task-failed', retries: false });
    expect(events.at(-1)).not.toHaveProperty('waitMs');
  });

  test('do not wait any longer when the run is stopped', async () => {
    const { attempts, given, result } = await run(['WR_DATABASE_LOST', 'WR_DATABASE_LOST'], 20);
    expect(attempts).toEqual([1]);
    expect(given).toEqual([]);
    expect(result.failures).toEqual([]);
  });
});
