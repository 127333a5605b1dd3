import { closeSync, openSync, writeSync } from 'node:fs';
import type { BackfillEvent } from '../backfill/types.ts';
import { WindrowError } from '../errors.ts';
import { withoutPasswords } from '../secrets.ts';
import type { UpdateEvent } from '../update/types.ts';
import type { Progress } from './progress.ts';

type Level = 'info' | 'warn' | 'error';

/** A line of the log without its frame: what happened, and its facts. */
export type LogRecord = { readonly event: string; readonly level?: Level } & Readonly<
  Record<string, unknown>
>;

/** An event of a backfill in flat facts. Rows copied so far are for a bar on a screen. */
export function backfillRecord(event: BackfillEvent): LogRecord | undefined {
  switch (event.kind) {
    case 'progress':
      return undefined;
    case 'plan': {
      const { kind: _, runId: run, ...plan } = event;
      return { event: 'plan', run, ...plan };
    }
    case 'partition': {
      const { kind: _, unfitted = [], ...partition } = event;
      return { event: 'partition', ...partition, unfitted: unfitted.length };
    }
    case 'waiting': {
      const { kind: _, ...waiting } = event;
      return { event: 'waiting', level: 'warn', ...waiting };
    }
    case 'task-start':
    case 'task-done':
    case 'task-failed': {
      const { kind, task, ...rest } = event;
      const { symbol, month, families, rows } = task;
      const level = kind !== 'task-failed' ? 'info' : event.retries ? 'warn' : 'error';
      return { event: kind, level, symbol, month, families: families.length, bars: rows, ...rest };
    }
  }
}

export function updateRecord(event: UpdateEvent): LogRecord {
  const { kind, ...rest } = event;
  if (kind === 'note') return { event: kind, level: 'warn', ...rest };
  return { event: kind, level: 'status' in rest && rest.status === 'failed' ? 'error' : 'info', ...rest };
}

/** What a command tells with --json, as a line of the log: its kind is the event. */
export function eventRecord(event: Readonly<Record<string, unknown>>): LogRecord {
  const { kind, ...facts } = event;
  const wrong = facts.error !== undefined && facts.error !== null;
  return { event: String(kind), level: wrong ? 'error' : kind === 'waiting' ? 'warn' : 'info', ...facts };
}

/** What every line of a run says. */
type Frame = { readonly command: string; readonly set: string; readonly schema: string };

/**
 * A file of JSON lines, one for each event, in which runs follow each other. A line is one write to the end of the file, so
 * that runs side by side do not mix theirs; it is opened for each, so that the file can be moved away at any time.
 */
export class RunLogFile {
  readonly #path: string | undefined;
  readonly #frame: Frame;
  readonly #tell: (text: string) => void;
  #run: unknown;
  #broken = false;

  private constructor(path: string | undefined, frame: Frame, tell: (text: string) => void) {
    this.#path = path;
    this.#frame = frame;
    this.#tell = tell;
  }

  /** Without a path nothing is written. A file that cannot be written to is an error before anything is done. */
  static open(path: string | undefined, frame: Frame, tell: (text: string) => void): RunLogFile {
    const log = new RunLogFile(path, frame, tell);
    log.#append({ event: 'start', pid: process.pid });
    return log;
  }

  /** Later on a log that cannot be written, on a full disk perhaps, is no reason to leave work undone: it is told once. */
  readonly write = (record: LogRecord | undefined): void => {
    try {
      this.#append(record);
    } catch (error) {
      if (!this.#broken) this.#tell(`the log cannot be written: ${(error as Error).message}`);
      this.#broken = true;
    }
  };

  #append(record: LogRecord | undefined): void {
    if (this.#path === undefined || record === undefined) return;
    const { event, level = 'info', run, ...facts } = record;
    this.#run ??= run;
    const head = { time: new Date().toISOString(), level, event, ...this.#frame };
    const line = { ...head, ...(this.#run === undefined ? {} : { run: this.#run }), ...facts };
    const file = openSync(this.#path, 'a', 0o640);
    try {
      writeSync(file, `${withoutPasswords(JSON.stringify(line))}\n`);
    } finally {
      closeSync(file);
    }
  }

  /** The run ended, with this report: what is done, what failed and why, and what was not started. */
  end(
    report: Readonly<Record<string, unknown>> & { readonly runId?: string; readonly interrupted: boolean },
  ): void {
    const { runId: run, ...facts } = report;
    this.write({
      ...{ event: 'end', level: report.interrupted ? 'warn' : 'info' },
      ...(run === undefined ? {} : { run }),
      ...facts,
    });
  }

  /** Progress whose events go into the log too. */
  follow(progress: Progress): Progress {
    const tell = (event: object | undefined): void => {
      if (event) this.write(eventRecord(event as Readonly<Record<string, unknown>>));
    };
    return {
      ...progress,
      finished: (text, event) => {
        tell(event);
        progress.finished(text, event);
      },
      say: (text, event) => {
        tell(event);
        progress.say(text, event);
      },
    };
  }

  /** The run could not be done. */
  note(error: unknown): void {
    const code = error instanceof WindrowError ? error.code : 'WR_INTERNAL';
    this.write({ event: 'error', level: 'error', code, cause: (error as Error).message });
  }

  readonly fail = (error: unknown): never => {
    this.note(error);
    throw error;
  };
}
