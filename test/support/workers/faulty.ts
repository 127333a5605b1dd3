import type { TaskOutcome } from '../../../host/backfill/task.ts';
import { type WorkerTask, work } from '../../../host/backfill/work.ts';

// A worker that fails at some months of one symbol, as the month says, and is the real one else.

/** What goes wrong at which month of `usdjpy`; `once` is mended by the second attempt. */
export const faults = {
  '2024-07': 'throws',
  '2024-08': 'hangs',
  '2024-09': 'exhausts its memory',
  '2024-10': 'ends its thread',
  '2024-11': 'throws once',
  '2024-12': 'ends its thread after the first partition, once',
} as const;

function exhaust(): never {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(1_000_000).fill(kept.length));
}

export default async function faulty(task: WorkerTask): Promise<TaskOutcome> {
  const { symbol, month } = task.order.task;
  const first = task.order.attempt === 1;
  const fault = symbol === 'usdjpy' ? faults[month as keyof typeof faults] : undefined;
  switch (fault) {
    case 'throws':
      throw new Error('the fault that was asked for');
    case 'hangs':
      // the whole thread: not even a timer of its own gets a turn
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      break;
    case 'exhausts its memory':
      return exhaust();
    case 'ends its thread':
      return process.exit(1);
    case 'throws once':
      if (first) throw new Error('the fault that was asked for');
      break;
    case 'ends its thread after the first partition, once':
      if (first) {
        const { port } = task;
        const post = port.postMessage.bind(port);
        port.postMessage = (message: { kind: string }) => {
          post(message);
          if (message.kind === 'partition') setImmediate(() => process.exit(1));
        };
      }
  }
  return work(task);
}
