import { type MessagePort, workerData } from 'node:worker_threads';
import { statementError } from '../store/postgresErrors.ts';
import { type Lane, Lanes } from './lane.ts';
import type { TaskOrder } from './order.ts';
import { failureOf, runTask, type TaskOutcome } from './task.ts';
import type { BackfillEvent } from './types.ts';

/** What a worker thread is given with each task: the order, and where to report. */
export type WorkerTask = { readonly order: TaskOrder; readonly port: MessagePort };

let lanes: Lanes | undefined;

/** Progress is reported at most this often. */
const progressMs = 100;

/** Adds up progress events of one family until it is time to send them. */
function throttled(port: MessagePort): (event: BackfillEvent) => void {
  let pending: (BackfillEvent & { kind: 'progress' }) | undefined;
  let sent = performance.now();
  const flush = () => {
    if (pending) port.postMessage(pending);
    pending = undefined;
    sent = performance.now();
  };
  return event => {
    if (event.kind !== 'progress') {
      flush();
      port.postMessage(event);
      return;
    }
    if (pending && pending.family !== event.family) flush();
    const { rows = 0, cells = 0 } = pending ?? {};
    pending = { ...event, rows: rows + event.rows, cells: cells + event.cells };
    if (performance.now() - sent >= progressMs) flush();
  };
}

/**
 * Entry of a worker thread. What a task leaves behind, its connection and memory, serves the next one; after a failure
 * there is a new connection. A task that fails as a whole is an outcome like another: an error that crosses threads keeps
 * its message and loses its code.
 */
export default async function work({ order, port }: WorkerTask): Promise<TaskOutcome> {
  let lane: Lane | undefined;
  try {
    lanes ??= new Lanes((workerData as { module: WebAssembly.Module }).module);
    lane = await lanes.take(order);
    const outcome = await runTask(order, lane, throttled(port));
    if (outcome.failures.length > 0) await lanes.drop(lane);
    else lanes.give(lane);
    return outcome;
  } catch (error) {
    if (lane) await lanes?.drop(lane);
    const told = statementError(error, order.connection.where);
    return { failures: [failureOf(order.task, told)], notes: [] };
  }
}
