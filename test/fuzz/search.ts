import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { draws } from '../support/draws.ts';
import { watchCoverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import { loadTarget } from './target.ts';

// The search, in a thread of its own: what does not come back ends with the thread.

export type Order = {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  /** Ends behind so many inputs, or so many seconds. */
  readonly runs: number;
  readonly seconds: number;
  /** Where the input that is being read lies: its length, then its bytes; and how many there were before it. */
  readonly current: SharedArrayBuffer;
};

/** What the thread says: an input that came where none had been, one that fails, and at last how many it read. */
export type Said =
  | { readonly kind: 'new'; readonly input: Uint8Array; readonly blocks: number }
  | { readonly kind: 'find'; readonly input: Uint8Array; readonly what: string }
  | { readonly kind: 'end'; readonly runs: number; readonly blocks: number };

/** So many inputs are read between two looks at what they passed through, which take longer than reading does. */
const together = 24;

const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
/** Failures are taken for one and the same where they come from the same line. */
const placeOf = (what: string): string | undefined => /^ +at .*:\d+:\d+/m.exec(what)?.[0];

async function search({ name, corpus: seeds, seed, runs, seconds, current }: Order): Promise<void> {
  const say = (said: Said) => parentPort!.postMessage(said);
  // host/ and what parses for it
  const passed = watchCoverage(
    /\/host\/|\/fuzz\/twins\/|node_modules\/(pg|pg-protocol|pg-copy-streams|yaml)\//,
  );
  const target = await loadTarget(name);
  const draw = draws(seed);
  const state = new Int32Array(current, 0, 2);
  const bytes = new Uint8Array(current, 8);
  const corpus: Buffer[] = [];
  const blocks = new Set<number>();
  const often = new Set<number>();
  let count = 0;

  const failure = async (input: Buffer): Promise<string | undefined> => {
    bytes.set(input);
    state[1] = input.length;
    Atomics.store(state, 0, ++count);
    try {
      await target.read(input);
      return undefined;
    } catch (error) {
      return errorText(error);
    }
  };
  /** The shortest input that fails in the same way, by leaving out pieces, large ones first. */
  const shortened = async (input: Buffer, what: string): Promise<Buffer> => {
    let least = input;
    for (let size = least.length >> 1; size > 0; size >>= 1) {
      for (let at = 0; at + size <= least.length; ) {
        const less = Buffer.concat([least.subarray(0, at), least.subarray(at + size)]);
        const found = await failure(less);
        if (found !== undefined && placeOf(found) === placeOf(what)) least = less;
        else at += size;
      }
    }
    return least;
  };
  const keepIfNew = async (input: Buffer): Promise<void> => {
    passed();
    await failure(input);
    const { blocks: own, often: ownOften } = passed();
    if (ownOften.every(one => often.has(one))) return;
    for (const one of own) blocks.add(one);
    for (const one of ownOften) often.add(one);
    corpus.push(input);
    say({ kind: 'new', input, blocks: blocks.size });
  };
  const report = async (input: Buffer, what: string) =>
    say({ kind: 'find', input: await shortened(input, what), what });

  for (const input of [Buffer.alloc(0), ...seeds.map(one => Buffer.from(one))]) {
    const what = await failure(input);
    if (what !== undefined) return report(input, what);
    await keepIfNew(input);
  }
  const end = performance.now() + seconds * 1000;
  // the latest come up most often: nobody has looked behind them yet
  const pick = () => corpus[Math.floor(Math.sqrt(draw.uniform()) * corpus.length)]!;
  while (count < runs && performance.now() < end) {
    const batch = Array.from({ length: together }, () => mutate(pick(), pick(), target.words, draw));
    passed();
    for (const input of batch) {
      const what = await failure(input);
      if (what !== undefined) return report(input, what);
    }
    if (passed().blocks.every(block => blocks.has(block)) && draw.uniform() > 0.1) continue;
    for (const input of batch) await keepIfNew(input);
  }
  say({ kind: 'end', runs: count, blocks: blocks.size });
}

if (!isMainThread) await search(workerData as Order);
