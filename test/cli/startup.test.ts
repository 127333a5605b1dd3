import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { cleanEnv, main } from './run.ts';

// Modules are counted rather than milliseconds: a busy machine is no reason to fail.
const program = (args: readonly string[]): string => `
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, next) {
      process.stderr.write(url + '\\n');
      return next(url, context);
    },
  });
  process.argv = ${JSON.stringify([process.execPath, main, ...args])};
  await import(${JSON.stringify(pathToFileURL(main).href)});`;

const home = pathToFileURL(join(dirname(main), '..')).href;

/** What a run prints, the libraries that it loads, and how many files of ours. */
function run(args: readonly string[]): { stdout: string; libraries: Set<string>; files: number } {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program(args)], {
    cwd: tmpdir(),
    env: cleanEnv(),
    encoding: 'utf8',
  });
  const libraries = stderr
    .split('\n')
    .flatMap(url => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  const files = stderr.split('\n').filter(url => url.startsWith(home)).length;
  return { stdout, libraries: new Set(libraries), files };
}

const tables = [
  'cli-table3',
  'string-width',
  'strip-ansi',
  'ansi-regex',
  'is-fullwidth-code-point',
  'emoji-regex',
];

it.each([[['--help']], [['backfill', '--help']], [['db', 'url', '--help']]])(
  'windrow %s loads no library but commander',
  args => {
    const { stdout, libraries, files } = run(args);
    expect(stdout).toContain('Usage: windrow');
    expect(libraries).toEqual(new Set(['commander']));
    expect(files).toBeLessThan(14);
  },
);

it.each([[['features']], [['explain', 'w60_spread_z']], [['explain', '--expr', 'close[1]']]])(
  'windrow %s loads nothing that it does not need',
  args => {
    const { stdout, libraries, files } = run(args);
    expect(stdout).not.toBe('');
    expect(files).toBeGreaterThan(0);
    expect(files).toBeLessThan(30);
    const needed = ['commander', 'valibot', 'fastest-levenshtein', '@assemblyscript/loader', ...tables];
    expect([...libraries].filter(name => !needed.includes(name))).toEqual([]);
  },
);
