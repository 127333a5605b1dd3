import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { figureOf, type Measured } from './figure.ts';

// Instructions of the machine that a computed cell takes, by who can count them: `perf stat` where the processor's counters are
// to be had, which virtual machines mostly do not hand on, else callgrind, which runs the process on a processor of its own
// and takes a minute. What a process takes beside computing is left out by computing more and less of the same.

const program = fileURLToPath(new URL('./countersProgram.mjs', import.meta.url));
/** Code of the last tier at once, and nothing beside the main thread. */
const flags = ['--no-liftoff', '--no-wasm-tier-up', '--single-threaded'];
const [few, many] = [2, 42];

type Run = { readonly cells: number; readonly instructions: number };

/** Who counts: a command before that of the process, and where it says what it counted. */
type Counter = { readonly name: string; readonly command: readonly string[]; readonly said: RegExp };

const counters: readonly Counter[] = [
  {
    name: 'perf stat',
    command: ['perf', 'stat', '-x', ',', '-e', 'instructions:u', '--'],
    said: /^(\d+),[^,]*,instructions/m,
  },
  {
    name: 'callgrind',
    command: ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', '--smc-check=all-non-file'],
    said: /Collected : (\d+)/,
  },
];

/** Undefined where the counter is not there or counts nothing. */
function run({ command: [name, ...before], said }: Counter, repeats: number): Run | undefined {
  const args = [...before, process.execPath, ...flags, program, String(repeats)];
  const { stdout, stderr, status } = spawnSync(name!, args, { encoding: 'utf8' });
  const found = status === 0 ? said.exec(stderr) : undefined;
  return found ? { cells: Number(stdout), instructions: Number(found[1]) } : undefined;
}

export function benchCounters(): Measured {
  for (const counter of counters) {
    const less = run(counter, few);
    const more = less && run(counter, many);
    if (!more) continue;
    const cells = more.cells * (many - few);
    const what = `a cell of statistics_rate and reg_rate, computed, by ${counter.name}`;
    const value = (more.instructions - less.instructions) / cells;
    return { figures: [figureOf({ bench: 'counters', figure: what, unit: 'instructions' }, [value])] };
  }
  return {
    figures: [],
    missing: ['instructions of the machine: perf stat counts none here, and there is no valgrind'],
  };
}
