import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BackfillEvent, BackfillReport } from '../../host/index.ts';
import type { ThreadFault } from './faultyWorker.ts';
import { type Stage, selection } from './stage.ts';

const script = fileURLToPath(new URL('./victim.ts', import.meta.url));
const workerFile = new URL('./faultyWorker.ts', import.meta.url).href;

type Said = BackfillEvent | ({ kind: 'report' } & BackfillReport) | { kind: 'error'; message: string };

/** A moment of a run: so many milliseconds behind its n-th partition, or, with -1, behind its start. */
export type Moment = { readonly partition: number; readonly afterMs: number };

export type RunOptions = {
  readonly fault?: ThreadFault | undefined;
  readonly away?: boolean | undefined;
  /** Where the server is reached, if not at its own address. */
  readonly at?: string | undefined;
};

export type Ending = {
  readonly signal: NodeJS.Signals | null;
  readonly report: BackfillReport | undefined;
  readonly error: string | undefined;
  /** How often it tried a task again. */
  readonly retries: number;
  /** What it said it had published. */
  readonly published: readonly string[];
  readonly stderr: string;
};

export type Run = {
  readonly name: string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves at a moment of the run, with false where the run has ended before. */
  readonly at: (moment: Moment) => Promise<boolean>;
  readonly ended: Promise<Ending>;
};

/** Starts a backfill in a process of its own, on this host or on the other one. */
export function startRun(stage: Stage, name: string, { fault, away, at }: RunOptions = {}): Run {
  // of a thread that loops nothing is heard any more: it takes that long
  const taskTimeoutMs = fault?.fault === 'loops' ? 8_000 : undefined;
  const options = { ...selection, taskTimeoutMs, ...(fault && { workerFile }) };
  const { prefix, url } = away
    ? { prefix: stage.other!.host.prefix, url: stage.other!.url }
    : { prefix: [], url: at ?? stage.url };
  const [program, ...args] = [...prefix, process.execPath, script, url, name, JSON.stringify(options)];
  const child = spawn(program!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(fault && { WINDROW_THREAD_FAULT: JSON.stringify(fault) }) },
  });
  let stderr = '';
  child.stderr.on('data', text => {
    stderr += text;
  });
  const published: string[] = [];
  let [report, error]: [BackfillReport | undefined, string | undefined] = [undefined, undefined];
  let [over, planned, finished, retries] = [false, false, 0, 0];
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const look of waiting) look();
  };
  const lines = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as Said;
      if (said.kind === 'report') report = said;
      else if (said.kind === 'error') error = said.message;
      else if (said.kind === 'plan') planned = true;
      else if (said.kind === 'task-failed' && said.retries) retries++;
      else if (said.kind === 'partition') {
        finished++;
        if (!said.skipped) published.push(`${said.family} ${said.symbol} ${said.month}`);
      }
      tell();
    }
  })();
  const exit = new Promise<NodeJS.Signals | null>(resolve =>
    child.once('close', (_, signal) => resolve(signal)),
  );
  const ended = (async (): Promise<Ending> => {
    const signal = await exit;
    await lines;
    over = true;
    tell();
    return { signal, report, error, retries, published, stderr };
  })();
  return {
    name,
    kill: signal => {
      child.kill(signal);
    },
    async at({ partition, afterMs }) {
      const reached = () => over || partition < 0 || (planned && finished >= partition);
      await new Promise<void>(resolve => {
        const look = () => {
          if (!reached()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
      await Promise.race([sleep(afterMs), ended]);
      return !over;
    },
    ended,
  };
}
