import { type MessagePort, workerData } from 'node:worker_threads';
import { setByName } from '../catalog/catalog.ts';
import { endOtherSide, watchingCopies } from '../store/copyWatch.ts';
import type { Connection } from '../store/database.ts';
import { statementError } from '../store/postgresErrors.ts';
import { type Gate, passGate } from './gate.ts';
import { OwnLane } from './lane.ts';
import type { TaskOrder } from './order.ts';
import { failureOf, runTask, type TaskOutcome } from './task.ts';
import type { BackfillEvent } from './types.ts';

/** What a worker thread is given with each task. */
export type WorkerTask = {
  readonly order: TaskOrder;
  /** Where to report. */
  readonly port: MessagePort;
  /** When its thread is stopped, in milliseconds since 1970. */
  readonly endsAt: number;
  /** Open when the tables that are published to have been made. */
  readonly tables: Gate;
};

/** What a thread is given when it starts. */
export type ThreadStart = {
  readonly module: WebAssembly.Module;
  readonly connection: Connection;
  /** The set that they are of. */
  readonly set: string;
};

let lane: OwnLane | undefined;

/** Before the first task is known: its connection, and while that comes about, the families that it may be of. */
export function getReady(): void {
  const { module, connection, set } = workerData as ThreadStart;
  lane = new OwnLane(module);
  lane.open(connection);
  setImmediate(() => setByName(set).families);
}

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
 * Runs a task in a worker thread. What a task leaves behind, its connection and memory, serves the next one; after a failure
 * there is a new connection. A task that fails as a whole is an outcome like another: an error that crosses threads keeps
 * its message and loses its code.
 */
export async function work({ order, port, endsAt, tables }: WorkerTask): Promise<TaskOutcome> {
  lane ??= new OwnLane((workerData as ThreadStart).module);
  try {
    const own = await lane.take(order);
    const surroundings = { emit: throttled(port), mayPublish: () => passGate(tables) };
    const limitMs = endsAt - Date.now();
    const outcome = await watchingCopies(own.client, limitMs, () => runTask(order, own, surroundings));
    if (outcome.failures.some(({ code }) => code === 'WR_COPY_STUCK'))
      await endOtherSide(order.connection, own.client).catch(() => {});
    if (outcome.failures.length > 0) await lane.drop();
    return outcome;
  } catch (error) {
    await lane.drop();
    const told = statementError(error, order.connection.where);
    return { failures: [failureOf(order.task, told)], notes: [] };
  }
}
