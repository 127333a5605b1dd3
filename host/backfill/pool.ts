import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { loadModule } from '../engine/module.ts';
import { WindrowError } from '../errors.ts';
import { symbolText } from '../store/allSymbols.ts';
import type { TaskOrder } from './order.ts';
import type { TaskOutcome } from './task.ts';
import type { BackfillEvent } from './types.ts';

export type PoolOptions = {
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

/** Runs tasks in threads; a task that throws, hangs or runs out of memory fails alone. */
export class TaskPool {
  readonly #pool: Piscina;
  readonly #options: PoolOptions;

  private constructor(pool: Piscina, options: PoolOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  static async create(options: PoolOptions): Promise<TaskPool> {
    const pool = new Piscina({
      filename: (options.workerFile ?? workerUrl).href,
      minThreads: options.workers,
      maxThreads: options.workers,
      // a waiting worker must go on serving its sockets
      atomics: 'disabled',
      workerData: { module: await loadModule() },
      resourceLimits: { maxOldGenerationSizeMb: options.taskMemoryMb },
    });
    return new TaskPool(pool, options);
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
    port1.on('message', emit);
    try {
      const options = { transferList: [port2], signal: AbortSignal.any([signal, timeout]) };
      return await this.#pool.run({ order, port: port2 }, options);
    } catch (error) {
      if (signal.aborted) throw error;
      const task = `${symbolText(symbol)} ${month}`;
      if (timeout.aborted)
        throw new WindrowError('WR_TASK_TIMEOUT', { task, seconds: taskTimeoutMs / 1000 }, { cause: error });
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw new WindrowError('WR_TASK_MEMORY', { task, limit: taskMemoryMb }, { cause: error });
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
