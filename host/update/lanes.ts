import { Arena, loadModule } from '../engine/module.ts';
import { WindrowError } from '../errors.ts';
import { watchingCopies } from '../store/copyWatch.ts';
import { breakingSilence } from '../store/silence.ts';
import { type Lane, openLane, runBatch } from './batch.ts';
import type { Due, Prepared, UpdateOrder } from './order.ts';
import type { SymbolReport } from './types.ts';

/** Where batches are computed: in threads, or here. */
export type Lanes = {
  /** How many batches can run side by side. */
  readonly width: number;
  run(dues: readonly Due[], signal: AbortSignal): Promise<SymbolReport[]>;
  close(): Promise<void>;
};

/** The server stops a statement at the limit of a symbol; whatever else hangs is stopped a little later. */
export const batchLimitMs = ({ symbolTimeoutMs }: UpdateOrder): number => symbolTimeoutMs * 2;

/** One lane in this thread: for little work, which is done before a thread has started. It is opened at once. */
export function ownLane(order: UpdateOrder, prepared: Prepared): Lanes {
  const open = (): Promise<Lane> => {
    const opened = Arena.create().then(arena => openLane(order, arena, prepared));
    // told to whoever runs something in it
    opened.catch(() => {});
    return opened;
  };
  let lane: Promise<Lane> | undefined = open();
  const leave = async (): Promise<void> => {
    const left = lane;
    lane = undefined;
    await left?.then(({ client }) => client.end()).catch(() => {});
  };
  return {
    width: 1,
    async run(dues) {
      lane ??= open();
      try {
        const own = await lane;
        const limitMs = batchLimitMs(order);
        // in this thread nothing else would end a statement that is never answered
        return await breakingSilence(own.client, limitMs, () =>
          watchingCopies(own.client, limitMs, () => runBatch(own, dues)),
        );
      } catch (error) {
        await leave();
        throw error;
      }
    },
    close: leave,
  };
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const workerUrl = new URL(`./worker.${extension}`, import.meta.url);

/** What a thread returns: an error that crosses threads would lose its code. */
export type WorkerAnswer =
  | { readonly reports: SymbolReport[] }
  | { readonly code: string; readonly message: string };

/** Threads with a connection each. A batch that hangs is stopped with its thread. */
export async function threadLanes(
  order: UpdateOrder,
  options: { readonly workers: number; readonly workerFile?: URL | undefined },
): Promise<Lanes> {
  // loaded when threads are wanted: an update of a few bars is done without
  const { Piscina } = await import('piscina');
  const pool = new Piscina({
    filename: (options.workerFile ?? workerUrl).href,
    minThreads: options.workers,
    maxThreads: options.workers,
    // a waiting worker must go on serving its sockets
    atomics: 'disabled',
    workerData: { module: await loadModule(), order },
  });
  return {
    width: options.workers,
    async run(dues, signal) {
      const timeout = AbortSignal.timeout(batchLimitMs(order));
      let answer: WorkerAnswer;
      try {
        answer = await pool.run(dues, { signal: AbortSignal.any([signal, timeout]) });
      } catch (error) {
        if (signal.aborted || !timeout.aborted) throw error;
        throw timedOut(dues, order.symbolTimeoutMs, error);
      }
      if ('reports' in answer) return answer.reports;
      throw Object.assign(new Error(answer.message), { code: answer.code });
    },
    close: () => pool.destroy(),
  };
}

/** A statement that the server stopped at the limit, as an error that names the symbol. */
export const timedOut = (dues: readonly Due[], limitMs: number, cause: unknown): WindrowError =>
  new WindrowError(
    'WR_TASK_TIMEOUT',
    { task: dues.map(({ symbol }) => symbol).join(', '), seconds: limitMs / 1000 },
    { cause },
  );
