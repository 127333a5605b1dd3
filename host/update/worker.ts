import { workerData } from 'node:worker_threads';
import { Arena } from '../engine/module.ts';
import { watchingCopies } from '../store/copyWatch.ts';
import { errorCode } from '../store/postgresErrors.ts';
import { type Lane, openLane, runBatch } from './batch.ts';
import { batchLimitMs, type WorkerAnswer } from './lanes.ts';
import type { Due, UpdateOrder } from './order.ts';

const { module, order } = workerData as { module: WebAssembly.Module; order: UpdateOrder };

let lane: Promise<Lane> | undefined;

/** Entry of a worker thread: one instance of the module and one connection for all of its batches. */
export default async function work(dues: readonly Due[]): Promise<WorkerAnswer> {
  try {
    lane ??= Arena.create(module).then(arena => openLane(order, arena));
    const own = await lane;
    return { reports: await watchingCopies(own.client, batchLimitMs(order), () => runBatch(own, dues)) };
  } catch (error) {
    const left = lane;
    lane = undefined;
    await left?.then(({ client }) => client.end()).catch(() => {});
    const message = error instanceof Error ? error.message : String(error);
    return { code: errorCode(error) || 'WR_INTERNAL', message };
  }
}
