import { spawnSync } from 'node:child_process';
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

it.each([[['--help']], [['backfill', '--help']], [['db', 'url', '--help']]])(
  'windrow %s loads no library but commander',
  args => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program(args)], {
      env: cleanEnv(),
      encoding: 'utf8',
    });
    expect(stdout).toContain('Usage: windrow');
    const libraries = stderr
      .split('\n')
      .flatMap(url => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    expect(new Set(libraries)).toEqual(new Set(['commander']));
  },
);
