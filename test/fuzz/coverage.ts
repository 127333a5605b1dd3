import { type Profiler, Session } from 'node:inspector';

/** What was passed through since the last look: a number for each block of code, and one for it and how often. */
export type Passed = { readonly blocks: readonly number[]; readonly often: readonly number[] };

/** V8's own block counts, of the scripts whose addresses match. All that runs in the thread is slower for it. */
export function watchCoverage(scripts: RegExp): () => Passed {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  };
  return () => {
    let found: Profiler.ScriptCoverage[] = [];
    // a session with the own thread answers before `post` returns
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      found = result.filter(({ url }) => scripts.test(url));
    });
    const [blocks, often]: [number[], number[]] = [[], []];
    for (const { scriptId, functions } of found) {
      for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
        if (count === 0) continue;
        const block = numberOf(`${scriptId}:${startOffset}:${endOffset}`);
        blocks.push(block);
        often.push(numberOf(`${block} ${Math.min(6, Math.floor(Math.log2(count)))}`));
      }
    }
    return { blocks, often };
  };
}
