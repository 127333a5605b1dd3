import { setFlagsFromString } from 'node:v8';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { loadModule } from '../engine/module.ts';
import { WindrowError } from '../errors.ts';
import { symbolText } from '../store/allSymbols.ts';
import type { Connection } from '../store/database.ts';
import { closedGate, openGate } from './gate.ts';
import type { TaskOrder } from './order.ts';
import type { TaskOutcome } from './task.ts';
import type { BackfillEvent } from './types.ts';
import type { ThreadStart, WorkerTask } from './work.ts';

export type PoolOptions = {
  readonly connection: Connection;
  /** The set whose families are computed. */
  readonly set: string;
  /** Tasks at a time, each with a connection. */
  readonly workers: number;
  /** A task that takes longer is stopped, its thread with it. */
  readonly taskTimeoutMs: number;
  /** Heap of a worker thread; what exceeds it ends the thread. */
  readonly taskMemoryMb: number;
  /** Another entry for the worker threads, for tests of what happens when a thread fails. */
  readonly workerFile?: URL | undefined;
};

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const workerUrl = new URL(`./worker.${extension}`, import.meta.url);

/** Garbage that a thread may gather before its heap is marked for the first time. */
const initialHeapMb = 128;

/** Whether the thread ended under its task: what a task itself throws is an outcome. */
const isThreadEnd = ({ message }: Error): boolean =>
  /^(Terminating worker thread|worker exited with code)/.test(message);

/** Runs tasks in threads; a task that throws, hangs or runs out of memory fails alone. */
export class TaskPool {
  readonly #pool: Piscina;
  readonly #options: PoolOptions;
  readonly #tables = closedGate();

  private constructor(Pool: typeof Piscina, module: WebAssembly.Module, options: PoolOptions) {
    this.#options = options;
    const { connection, set, workers } = options;
    this.#pool = new Pool({
      filename: (options.workerFile ?? workerUrl).href,
      // a waiting worker must go on serving its socket
      atomics: 'disabled',
      workerData: { module, connection, set } satisfies ThreadStart,
      resourceLimits: { maxOldGenerationSizeMb: options.taskMemoryMb },
      // one for a start: how many tasks there are is being found out
      ...{ minThreads: 1, maxThreads: workers },
      // a thread that the pool gives up for being idle, and that ends behind the pool's end, would be replaced by another
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }

  static async create(options: PoolOptions): Promise<TaskPool> {
    // A thread's heap begins small, and what arenas and sockets take counts with it: it was marked anew for every 10 MB
    // of these, 16 times in the first seconds. The size holds for isolates that start from now on.
    setFlagsFromString(
      `--initial-old-space-size=${Math.min(initialHeapMb, Math.floor(options.taskMemoryMb / 2))}`,
    );
    // the threads, which share this code, have no use of the pool's
    const [module, { Piscina }] = await Promise.all([loadModule(), import('piscina')]);
    return new TaskPool(Piscina, module, options);
  }

  /** Lets tasks publish: the tables that they publish to have been made. Until then they read and compute. */
  letPublish(): void {
    openGate(this.#tables);
  }

  /** Runs one task. Everything it reported has been emitted when the promise settles. */
  async run(
    order: TaskOrder,
    signal: AbortSignal,
    emit: (event: BackfillEvent) => void,
  ): Promise<TaskOutcome> {
    const { taskTimeoutMs, taskMemoryMb } = this.#options;
    const { symbol, month } = order.task;
    const { port1, port2 } = new MessageChannel();
    const timeout = AbortSignal.timeout(taskTimeoutMs);
    const endsAt = Date.now() + taskTimeoutMs;
    port1.on('message', emit);
    try {
      const options = { transferList: [port2], signal: AbortSignal.any([signal, timeout]) };
      const task = { order, port: port2, endsAt, tables: this.#tables } satisfies WorkerTask;
      return await this.#pool.run(task, options);
    } catch (error) {
      if (signal.aborted) throw error;
      const task = `${symbolText(symbol)} ${month}`;
      if (timeout.aborted)
        throw new WindrowError('WR_TASK_TIMEOUT', { task, seconds: taskTimeoutMs / 1000 }, { cause: error });
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw new WindrowError('WR_TASK_MEMORY', { task, limit: taskMemoryMb }, { cause: error });
      if (isThreadEnd(error as Error)) throw new WindrowError('WR_THREAD_LOST', { task }, { cause: error });
      throw error;
    } finally {
      for (let rest = receiveMessageOnPort(port1); rest; rest = receiveMessageOnPort(port1))
        emit(rest.message);
      port1.close();
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
