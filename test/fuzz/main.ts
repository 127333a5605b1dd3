import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Order, Said } from './search.ts';
import { corpusOf, loadTarget, targetNames } from './target.ts';

// npm run fuzz -- [--target csv ...] [--seconds 60 | --runs 10000] [--seed 1]
// npm run fuzz -- --target csv --input FILE
//
// README.md says what is fuzzed, and what to do with a find.

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: [...targetNames] },
    seconds: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    input: { type: 'string' },
  },
});
const runs = values.runs === undefined ? Number.POSITIVE_INFINITY : Number(values.runs);
const seconds = Number(values.seconds ?? (values.runs === undefined ? 60 : Number.POSITIVE_INFINITY));
/** A single input that takes longer hangs. */
const hangSeconds = 20;

const place = fileURLToPath(new URL('../../build/fuzz/', import.meta.url));

/** Writes an input under a name that follows from it. Returns the path. */
function keep(folder: string, input: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 12));
  writeFileSync(path, input);
  return path;
}

/** Searches until something is found or the time is over. Returns whether nothing was. */
async function fuzz(name: string): Promise<boolean> {
  const [grown, finds] = [join(place, name, 'corpus'), join(place, name, 'finds')];
  const earlier = existsSync(grown) ? readdirSync(grown).sort() : [];
  const corpus = [...corpusOf(name).values(), ...earlier.map(file => readFileSync(join(grown, file)))];
  const current = new SharedArrayBuffer(1 << 16);
  const order: Order = { name, corpus, seed: Number(values.seed), runs, seconds, current };
  const worker = new Worker(new URL('./search.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const state = new Int32Array(current, 0, 2);
  const findOf = (what: string, input: Uint8Array = new Uint8Array(current, 8, state[1]!)): boolean => {
    console.log(`${name}: FOUND ${keep(finds, Uint8Array.from(input))}\n${what}`);
    return false;
  };
  const print = (what: string) => console.log(`${name}: ${what}`);
  return new Promise(resolve => {
    let seen = 0;
    let added = 0;
    let over = false;
    const watch = setInterval(() => {
      if (seen > 0 && state[0] === seen) end(findOf(`no end after ${hangSeconds} s`));
      seen = state[0]!;
      print(`${seen} inputs, ${added} new`);
    }, hangSeconds * 1000);
    const end = (clean: boolean) => {
      over = true;
      clearInterval(watch);
      void worker.terminate();
      resolve(clean);
    };
    worker.on('message', (said: Said) => {
      if (said.kind === 'find') end(findOf(said.what, said.input));
      else if (said.kind === 'new') {
        added++;
        keep(grown, said.input);
      } else {
        print(`nothing found in ${said.runs} inputs, ${said.blocks} blocks of code (seed ${values.seed})`);
        end(true);
      }
    });
    // what is thrown where nobody listens, and what takes all memory
    worker.on('error', error => end(findOf(error.stack ?? error.message)));
    worker.on(
      'exit',
      () => over || end(findOf('the thread has nothing left to do, and the input is not done')),
    );
  });
}

if (values.input !== undefined) {
  const { read } = await loadTarget(values.target[0]!);
  console.log(await read(readFileSync(values.input)));
} else {
  let clean = true;
  for (const name of values.target) clean = (await fuzz(name)) && clean;
  process.exitCode = clean ? 0 : 1;
}
