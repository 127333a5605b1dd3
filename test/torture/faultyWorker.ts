import type { TaskOutcome } from '../../host/backfill/task.ts';
import { type WorkerTask, work } from '../../host/backfill/work.ts';

// The real worker, whose thread comes to grief so many milliseconds into the first attempt at one task.

export type ThreadFault = {
  readonly fault: 'throws' | 'loops' | 'exhausts its memory' | 'exits';
  readonly symbol: string;
  readonly month: string;
  readonly afterMs: number;
};

function exhaust(): never {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(1_000_000).fill(kept.length));
}

function harm(fault: ThreadFault['fault']): void {
  if (fault === 'throws') throw new Error('the fault that was asked for');
  if (fault === 'exits') process.exit(1);
  if (fault === 'exhausts its memory') exhaust();
  for (;;);
}

const asked = JSON.parse(process.env.WINDROW_THREAD_FAULT ?? 'null') as ThreadFault | null;

export default function faulty(task: WorkerTask): Promise<TaskOutcome> {
  const { task: own, attempt } = task.order;
  if (asked && attempt === 1 && own.symbol === asked.symbol && own.month === asked.month)
    setTimeout(harm, asked.afterMs, asked.fault);
  return work(task);
}
