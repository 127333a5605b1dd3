import type { WorkerAnswer } from '../../../host/update/lanes.ts';
import type { Due } from '../../../host/update/order.ts';
import work from '../../../host/update/worker.ts';

// A worker that fails at symbols whose names say how, and is the real one else.

export default async function faulty(dues: readonly Due[]): Promise<WorkerAnswer> {
  const has = (name: string): boolean => dues.some(({ symbol }) => symbol === name);
  if (has('throws')) throw new Error('the fault that was asked for');
  // the whole thread: not even a timer of its own gets a turn
  if (has('hangs')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (has('exits')) process.exit(1);
  const answer = await work(dues);
  // what was done is done, but nobody hears of it
  if (has('lost')) throw new Error('the answer was lost');
  return answer;
}
