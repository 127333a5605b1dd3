import { SingleBar } from 'cli-progress';
import { bytes, duration, large } from './format.ts';
import type { Output } from './output.ts';
import type { Progress, ProgressOptions } from './progress.ts';

/** Units finished per second over the last moments, so that the time left follows the present speed. */
export class Rate {
  readonly #samples: { readonly at: number; readonly done: number }[] = [];
  readonly #spanMs: number;

  constructor(spanMs = 5000) {
    this.#spanMs = spanMs;
  }

  add(at: number, done: number): void {
    this.#samples.push({ at, done });
    while (this.#samples.length > 2 && at - this.#samples[0]!.at > this.#spanMs) this.#samples.shift();
  }

  /** NaN until two samples lie apart in time. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return Number.NaN;
    return ((last.done - first.done) / (last.at - first.at)) * 1000;
  }
}

const speed = (unit: ProgressOptions['unit'], perSecond: number): string => {
  if (!Number.isFinite(perSecond)) return '-';
  return unit === 'B' ? `${bytes(perSecond)}/s` : `${large(perSecond)} ${unit}/s`;
};

/** What the bar says to its right. */
export function progressText(
  unit: ProgressOptions['unit'],
  state: { readonly done: number; readonly total: number; readonly rows: number; readonly task: string },
  perSecond: number,
): string {
  const leftMs = ((state.total - state.done) / perSecond) * 1000;
  const left = perSecond > 0 ? duration(Math.max(leftMs, 100)) : '-';
  const parts = [`${large(state.rows)} rows`, speed(unit, perSecond), `${left} left`, state.task];
  return parts.filter(part => part !== '').join('  ');
}

/** A bar that shows how far a command is, how fast, and for how long yet. */
export function liveBar(
  output: Output,
  { unit, now = performance.now.bind(performance) }: ProgressOptions,
): Progress {
  const { stderr } = output;
  const rate = new Rate();
  const width = (): number => Math.max(10, (stderr.columns ?? 80) - 35);
  const bar = new SingleBar({
    stream: stderr,
    format: ' {bar} {percentage} %  {text}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    fps: 8,
  });
  let total = 0;
  let running = false;
  return {
    start(size) {
      total = size;
      running = true;
      rate.add(now(), 0);
      bar.start(size, 0, { text: '' });
    },
    advance(state) {
      if (!running) return;
      rate.add(now(), state.done);
      const text = progressText(unit, { ...state, total }, rate.perSecond).slice(0, width());
      bar.update(Math.min(state.done, total), { text });
    },
    finished() {},
    say(text) {
      // The bar is redrawn on its next update; its line is taken for the text.
      if (running) stderr.write('\r\u001b[K');
      output.note(text);
    },
    stop() {
      if (running) bar.stop();
      running = false;
    },
  };
}
