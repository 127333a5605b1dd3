import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folder } from './inputs.ts';

// Packages of npm in a node_modules of the benchmark's own, and C programs from the sources that two of them carry.

export const here = fileURLToPath(new URL('.', import.meta.url));
const packages = join(here, 'node_modules');

/** Throws where there is no registry; scripts of packages do not run: what is to be compiled is compiled below. */
export function installPackages(): void {
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(packages, 'node-gyp'))) return;
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--fetch-retries=1',
  ];
  execFileSync('npm', args, { cwd: here, stdio: 'pipe', timeout: 180_000 });
}

const flags = ['-O3', '-march=native', '-w'];

const isNewer = (path: string, than: string): boolean =>
  existsSync(path) && statSync(path).mtimeMs > statSync(than).mtimeMs;

/** Compiles native.c with the sources of a library where that has not been done. */
function compiled(name: string, sources: readonly string[], more: readonly string[]): string {
  const target = join(packages, name);
  const source = join(here, 'native.c');
  if (!isNewer(target, source))
    execFileSync('gcc', [...flags, ...more, source, ...sources, '-lm', '-o', target], { stdio: 'pipe' });
  return target;
}

const sourcesIn = (path: string): string[] =>
  readdirSync(path)
    .filter(name => name.endsWith('.c'))
    .map(name => join(path, name));

export function talibProgram(): string {
  const root = join(packages, 'talib-binding', 'ta-lib', 'c');
  const include = ['include', 'src/ta_common', 'src/ta_func'].map(path => `-I${join(root, path)}`);
  const sources = ['ta_common', 'ta_func'].flatMap(path => sourcesIn(join(root, 'src', path)));
  return compiled('talib', sources, ['-DTALIB', ...include]);
}

export function tulipProgram(): string {
  const root = join(packages, 'tulind', 'external');
  return compiled('tulip', [join(root, 'tiamalgamation.c')], [`-I${root}`]);
}

/** Node's headers as they come with the package `node` of npm; undefined lets node-gyp fetch them. */
function headers(): string | undefined {
  const beside = dirname(dirname(process.execPath));
  const packaged = join(beside, 'node_modules', `node-${process.platform}-${process.arch}`);
  return [beside, packaged].find(path => existsSync(join(path, 'include', 'node', 'node_version.h')));
}

/** Compiles a binding for this Node, once. Throws with what the compiler says last. */
export function buildBinding(name: 'tulind' | 'talib-binding'): void {
  const cwd = join(packages, name);
  const place = join(cwd, 'lib', 'binding', 'Release');
  const target = join(place, `node-v${process.versions.modules}-${process.platform}-${process.arch}`);
  const product =
    name === 'tulind' ? join(target, 'tulind.node') : join(cwd, 'build', 'Release', 'talib_binding.node');
  if (existsSync(product)) return;
  const nodedir = headers();
  const args = [
    join(packages, 'node-gyp', 'bin', 'node-gyp.js'),
    ...['rebuild', '--jobs=max', '--module_name=tulind', `--module_path=${target}`],
    ...(nodedir === undefined ? [] : [`--nodedir=${nodedir}`]),
  ];
  execFileSync(process.execPath, args, { cwd, stdio: 'pipe', timeout: 600_000 });
}

/** A Python that has a module: the system's first, whose packages are Debian's. */
export const pythonWith = (module: string): string | undefined =>
  ['/usr/bin/python3', 'python3'].find(python => {
    try {
      execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
