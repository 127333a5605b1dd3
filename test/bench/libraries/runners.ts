import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folder } from './inputs.ts';
import { buildBinding, here, installPackages, pythonWith, talibProgram, tulipProgram } from './install.ts';

// The libraries that are compared, each in a process of its own that is given bars in a file and leaves its results in
// another (native.c says how).

const run = promisify(execFile);

export type Library = {
  readonly name: string;
  /** How its users meet it. */
  readonly group: 'C' | 'Python' | 'frames' | 'JavaScript' | 'binding';
  /** The library whose definitions it has. */
  readonly of: string;
  readonly command: readonly string[];
};

export type Ran = {
  readonly version: string;
  /** By case: median nanoseconds of CPU time a row, and its results where they were asked for. */
  readonly cases: ReadonlyMap<string, { readonly ns: number; readonly planes: readonly Float64Array[] }>;
};

const python = (module: string) => (): string[] => {
  const command = pythonWith(module);
  if (command === undefined) throw new Error(`no python3 with ${module} (Debian: python3-${module})`);
  return [command, join(here, 'frames.py'), module];
};
const node =
  (program: string, library: string, before = () => {}) =>
  (): string[] => {
    before();
    return [process.execPath, join(here, program), library];
  };

type Known = Omit<Library, 'command' | 'of'> & { readonly of?: string; readonly how: () => string[] };

const known: readonly Known[] = [
  { name: 'TA-Lib', group: 'C', how: () => [talibProgram()] },
  { name: 'Tulip', group: 'C', how: () => [tulipProgram()] },
  { name: 'bottleneck', group: 'C', how: python('bottleneck') },
  { name: 'pandas', group: 'Python', how: python('pandas') },
  { name: 'polars', group: 'frames', how: node('packages.mjs', 'polars') },
  { name: 'DuckDB', group: 'frames', how: node('packages.mjs', 'duckdb') },
  {
    ...{ name: 'talib-binding', group: 'binding', of: 'TA-Lib' },
    how: node('bindings.mjs', 'talib-binding', () => buildBinding('talib-binding')),
  },
  {
    ...{ name: 'tulind', group: 'binding', of: 'Tulip' },
    how: node('bindings.mjs', 'tulind', () => buildBinding('tulind')),
  },
  {
    ...{ name: 'technicalindicators', group: 'JavaScript' },
    how: node('packages.mjs', 'technicalindicators'),
  },
  { name: 'trading-signals', group: 'JavaScript', how: node('packages.mjs', 'trading-signals') },
];

/** All others come as packages of npm. */
const fromPython = new Set(['bottleneck', 'pandas']);

/** Of what a program that failed has said the first line with an error. */
function reason(cause: unknown): string {
  const { stderr, message } = cause as { readonly stderr?: Buffer | string; readonly message?: string };
  const line = `${stderr ?? ''}`.split('\n').find(text => /\b(error|ERR!)/.test(text));
  return (line ?? message ?? String(cause)).trim().slice(0, 160);
}

/** The libraries that this machine can run, and what the others lack. */
export function findLibraries(): { readonly found: Library[]; readonly missing: string[] } {
  const missing: string[] = [];
  const found: Library[] = [];
  let without: string | undefined;
  try {
    installPackages();
  } catch (cause) {
    without = `its package of npm cannot be installed (${reason(cause)})`;
  }
  for (const { how, of, ...library } of known) {
    const isPackaged = !fromPython.has(library.name);
    if (isPackaged && without !== undefined) {
      missing.push(`${library.name}: ${without}`);
      continue;
    }
    try {
      found.push({ ...library, of: of ?? library.name, command: how() });
    } catch (cause) {
      missing.push(`${library.name}: ${reason(cause)}`);
    }
  }
  return { found, missing };
}

export type Asked = {
  readonly rows: number;
  readonly cases: readonly string[];
  /** Times of each case after a first one, and milliseconds after which it is not repeated again. */
  readonly repetitions: number;
  readonly budgetMs: number;
  /** Whether results are wanted. */
  readonly keep: boolean;
};

/** Runs a library over the bars of a file. */
export async function runLibrary({ name, command }: Library, bars: string, asked: Asked): Promise<Ran> {
  const { rows, cases, repetitions, budgetMs, keep } = asked;
  const results = keep ? join(folder, `${name}.results`) : '-';
  const [program, ...args] = command;
  const limits = {
    env: { ...process.env, POLARS_MAX_THREADS: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    maxBuffer: 1 << 24,
  };
  const all = [...args, String(repetitions), String(budgetMs), bars, results, ...cases];
  const { stdout } = await run(program!, all, limits);
  const told = JSON.parse(stdout) as {
    version: string;
    cases: Record<string, { ns: number; planes: number }>;
  };
  const bytes = keep ? new Uint8Array(readFileSync(results)).buffer : new ArrayBuffer();
  let at = 0;
  const plane = (): Float64Array => {
    const values = new Float64Array(bytes, at, rows);
    at += rows * 8;
    return values;
  };
  return {
    version: told.version.replace(/ \(.*/, ''), // TA-Lib adds the date on which it was compiled
    cases: new Map(
      Object.entries(told.cases).map(([name, { ns, planes }]) => [
        name,
        { ns, planes: keep ? Array.from({ length: planes }, plane) : [] },
      ]),
    ),
  };
}
