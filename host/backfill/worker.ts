import { type MessagePort, workerData } from 'node:worker_threads';
import { Arena } from '../engine/module.ts';
import { statementError } from '../store/postgresErrors.ts';
import { type Lane, openLane } from './lane.ts';
import type { TaskOrder } from './order.ts';
import { failureOf, runTask, type TaskOutcome } from './task.ts';
import type { BackfillEvent } from './types.ts';

/** What a worker thread is given with each task: the order, and where to report. */
export type WorkerTask = { readonly order: TaskOrder; readonly port: MessagePort };

let arena: Promise<Arena> | undefined;
let lane: Promise<Lane> | undefined;

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

/** Gives up the connection, in whatever state it is; the next task opens another. */
async function leaveLane(): Promise<void> {
  const left = lane;
  lane = undefined;
  await left?.then(({ client }) => client.end()).catch(() => {});
}

/**
 * Entry of a worker thread. One thread keeps one WebAssembly instance and one connection for all of its tasks; after a
 * failure it connects anew. A task that fails as a
 * whole is an outcome like another: an error that crosses threads keeps its message and loses its code.
 */
export default async function work({ order, port }: WorkerTask): Promise<TaskOutcome> {
  try {
    arena ??= Arena.create((workerData as { module: WebAssembly.Module }).module);
    lane ??= arena.then(own => openLane(order, own));
    const outcome = await runTask(order, await lane, throttled(port));
    if (outcome.failures.length > 0) await leaveLane();
    return outcome;
  } catch (error) {
    await leaveLane();
    const told = statementError(error, order.connection.where);
    return { failures: [failureOf(order.task, told)], notes: [] };
  }
}
