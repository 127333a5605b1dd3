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

/**
 * Tasks of a thread at a time. A connection waits for its server for most of the time that a partition takes, so one thread
 * keeps two of them busy; what it has loaded, planned and read serves both.
 */
const tasksPerThread = 2;

type PoolSettings = NonNullable<ConstructorParameters<typeof Piscina>[0]>;

/** Garbage that a thread may gather before its heap is marked for the first time. */
const initialHeapMb = 128;

/** A thread ended, and it cannot be told which of its tasks is to blame. */
export class ThreadLost extends WindrowError {
  constructor(cause: unknown) {
    super('WR_THREAD_LOST', {}, { cause });
  }
}

/** Whether a task failed because its thread ended under it: what a task itself throws is an outcome. */
const isThreadEnd = ({ code, message }: NodeJS.ErrnoException): boolean =>
  code === 'ERR_WORKER_OUT_OF_MEMORY' || /^(Terminating worker thread|worker exited with code)/.test(message);

/** The thread with the fewest tasks. The pool's own choice never lets a task that can be stopped share a thread. */
const leastBusy: Required<PoolSettings>['loadBalancer'] = (_task, workers) => {
  // of a thread with one task that can be stopped it says that there is no end of them
  const tasks = workers.map(({ currentUsage }) => (currentUsage === Infinity ? 1 : currentUsage));
  const least = Math.min(...tasks);
  return least < tasksPerThread ? workers[tasks.indexOf(least)]! : null;
};

/** Runs tasks in threads; a task that throws, hangs or runs out of memory fails alone. */
export class TaskPool {
  readonly #pool: Piscina;
  readonly #options: PoolOptions;
  readonly #threads: (settings: PoolSettings, lanes: number) => Piscina;
  /** Threads of one task each. */
  #alone: Piscina | undefined;
  readonly #tables = closedGate();

  private constructor(Pool: typeof Piscina, module: WebAssembly.Module, options: PoolOptions) {
    this.#options = options;
    const { connection, set, workers } = options;
    this.#threads = (more, lanes) =>
      new Pool({
        filename: (options.workerFile ?? workerUrl).href,
        // a waiting worker must go on serving its sockets
        atomics: 'disabled',
        workerData: { module, connection, lanes, set } satisfies ThreadStart,
        resourceLimits: { maxOldGenerationSizeMb: options.taskMemoryMb },
        ...more,
      });
    const threads = Math.ceil(workers / tasksPerThread);
    const shared = { concurrentTasksPerWorker: tasksPerThread, loadBalancer: leastBusy };
    // one for a start: how many tasks there are is being found out
    const settings = { minThreads: 1, maxThreads: threads, ...shared };
    // of an odd number the last thread has one only: where another opens its second one, it waits for a task
    this.#pool = this.#threads(settings, workers % tasksPerThread === 0 ? tasksPerThread : 1);
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

  /**
   * Runs one task. Everything it reported has been emitted when the promise settles. Rejects with `ThreadLost` where its
   * thread ended that it may have shared: it should be run once more, `alone`.
   */
  async run(
    order: TaskOrder,
    signal: AbortSignal,
    emit: (event: BackfillEvent) => void,
    alone: boolean,
  ): Promise<TaskOutcome> {
    const { taskTimeoutMs, taskMemoryMb } = this.#options;
    const { symbol, month } = order.task;
    const { port1, port2 } = new MessageChannel();
    const timeout = AbortSignal.timeout(taskTimeoutMs);
    const endsAt = Date.now() + taskTimeoutMs;
    port1.on('message', emit);
    try {
      const options = { transferList: [port2], signal: AbortSignal.any([signal, timeout]) };
      if (alone) this.#alone ??= this.#threads({ minThreads: 1, maxThreads: this.#options.workers }, 1);
      return await (alone ? this.#alone! : this.#pool).run(
        { order, port: port2, endsAt, tables: this.#tables } satisfies WorkerTask,
        options,
      );
    } catch (error) {
      if (signal.aborted) throw error;
      const task = `${symbolText(symbol)} ${month}`;
      if (timeout.aborted)
        throw new WindrowError('WR_TASK_TIMEOUT', { task, seconds: taskTimeoutMs / 1000 }, { cause: error });
      if (!alone && isThreadEnd(error as Error)) throw new ThreadLost(error);
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
    await Promise.all([this.#pool.destroy(), this.#alone?.destroy()]);
  }
}
