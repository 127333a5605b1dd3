import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bars } from '../../../host/catalog/bars.ts';

// The libraries that are compared, each in a process of its own that is given the bars in a file and leaves its results
// in another (native.c says how).

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(tmpdir(), 'windrow-bench-libraries');
const packages = join(here, 'node_modules');
const run = promisify(execFile);

export type Library = {
  readonly name: string;
  readonly language: 'C' | 'C++ and Python' | 'Rust' | 'C++' | 'JavaScript';
  readonly command: readonly string[];
};

export type Ran = {
  readonly version: string;
  /** By case: median nanoseconds a row, and its results. */
  readonly cases: ReadonlyMap<string, { readonly ns: number; readonly planes: readonly Float64Array[] }>;
};

const flags = ['-O3', '-march=native', '-w'];

/** Compiles native.c with the sources of a library, once. */
function compiled(name: string, sources: readonly string[], more: readonly string[]): string {
  const target = join(folder, name);
  if (!existsSync(target))
    execFileSync('gcc', [...flags, ...more, join(here, 'native.c'), ...sources, '-lm', '-o', target]);
  return target;
}

const sourcesIn = (path: string): string[] =>
  readdirSync(path)
    .filter(name => name.endsWith('.c'))
    .map(name => join(path, name));

function talib(): string {
  const root = join(packages, 'talib-binding', 'ta-lib', 'c');
  const include = ['include', 'src/ta_common', 'src/ta_func'].map(path => `-I${join(root, path)}`);
  const sources = ['ta_common', 'ta_func'].flatMap(path => sourcesIn(join(root, 'src', path)));
  return compiled('talib', sources, ['-DTALIB', ...include]);
}

function tulip(): string {
  const root = join(packages, 'tulind', 'external');
  return compiled('tulip', [join(root, 'tiamalgamation.c')], [`-I${root}`]);
}

const hasPython = (module: string): string | undefined =>
  ['/usr/bin/python3', 'python3'].find(python => {
    try {
      execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });

/** The libraries that this machine can run, and what the others lack. */
export function findLibraries(): { readonly found: Library[]; readonly missing: string[] } {
  mkdirSync(folder, { recursive: true });
  // their scripts would compile bindings; the sources are what is wanted of them
  if (!existsSync(packages))
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here });
  const missing: string[] = [];
  const found: Library[] = [];
  const add = (name: string, language: Library['language'], command: () => string[] | undefined): void => {
    try {
      const how = command();
      if (how) found.push({ name, language, command: how });
      else missing.push(name);
    } catch (cause) {
      missing.push(`${name}: ${cause instanceof Error ? cause.message.split('\n')[0] : cause}`);
    }
  };
  const python = (module: string) => (): string[] | undefined => {
    const command = hasPython(module);
    return command === undefined ? undefined : [command, join(here, 'frames.py'), module];
  };
  const node = (library: string) => (): string[] => [process.execPath, join(here, 'packages.mjs'), library];
  add('TA-Lib', 'C', () => [talib()]);
  add('Tulip', 'C', () => [tulip()]);
  add('bottleneck', 'C', python('bottleneck'));
  add('pandas', 'C++ and Python', python('pandas'));
  add('polars', 'Rust', node('polars'));
  add('DuckDB', 'C++', node('duckdb'));
  add('technicalindicators', 'JavaScript', node('technicalindicators'));
  add('trading-signals', 'JavaScript', node('trading-signals'));
  return { found, missing };
}

const order = ['open', 'high', 'low', 'close', 'volume'] as const;

/** Writes bars for the libraries and returns the file. */
export function writeBars(name: string, { time, columns }: Bars): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.bars`);
  const planes = order.map(column => columns[column] ?? new Float64Array(time.length));
  const parts = [BigInt64Array.of(BigInt(time.length)), ...planes];
  writeFileSync(
    path,
    Buffer.concat(
      parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
    ),
  );
  return path;
}

/** Runs a library over bars: each case so many times after a first one. */
export async function runLibrary(
  { name, command }: Library,
  bars: string,
  {
    rows,
    rounds,
    cases,
  }: { readonly rows: number; readonly rounds: number; readonly cases: readonly string[] },
): Promise<Ran> {
  const results = join(folder, `${name}.results`);
  const [program, ...args] = command;
  const limits = {
    env: { ...process.env, POLARS_MAX_THREADS: '1', OMP_NUM_THREADS: '1' },
    maxBuffer: 1 << 24,
  };
  const { stdout } = await run(program!, [...args, String(rounds), bars, results, ...cases], limits);
  const told = JSON.parse(stdout) as {
    version: string;
    cases: Record<string, { ns: number; planes: number }>;
  };
  const bytes = new Uint8Array(readFileSync(results)).buffer;
  let at = 0;
  const plane = (): Float64Array => {
    const values = new Float64Array(bytes, at, rows);
    at += rows * 8;
    return values;
  };
  return {
    version: told.version,
    cases: new Map(
      Object.entries(told.cases).map(([name, { ns, planes }]) => [
        name,
        { ns, planes: Array.from({ length: planes }, plane) },
      ]),
    ),
  };
}
