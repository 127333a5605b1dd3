import type { Output } from './output.ts';

/** What a long command tells while it works. Amounts are of the whole run so far. */
export type Progress = {
  /** Called once the size of the work is known. */
  start(total: number): void;
  advance(state: { readonly done: number; readonly rows: number; readonly task: string }): void;
  /** One finished task: a line where there is no terminal, an object with --json. */
  finished(text: string, event: object): void;
  /** A line that stays, above the bar. */
  say(text: string, event?: object): void;
  stop(): void;
};

export type ProgressOptions = {
  /** What is counted. */
  readonly unit: 'cells' | 'symbols' | 'B';
  readonly now?: () => number;
};

const lines = (output: Output): Progress => ({
  start() {},
  advance() {},
  finished: text => output.note(text),
  say: text => output.note(text),
  stop() {},
});

/** Nothing but what is said. */
export const silent = (output: Output): Progress => ({ ...lines(output), finished() {} });

const objects = (output: Output): Progress => ({
  start() {},
  advance() {},
  finished: (_text, event) => output.object(event),
  say: (text, event) => (event === undefined ? output.note(text) : output.object(event)),
  stop() {},
});

/** A live bar on a terminal, one line per finished task elsewhere, objects with --json. */
export async function createProgress(output: Output, options: ProgressOptions): Promise<Progress> {
  if (output.json) return objects(output);
  if (!output.stderr.isTTY || process.env.TERM === 'dumb') return lines(output);
  const { liveBar } = await import('./liveBar.ts');
  return liveBar(output, options);
}
