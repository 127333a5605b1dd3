#!/usr/bin/env node
import { createRequire } from 'node:module';
import { CommanderError } from 'commander';
import { reportFailure } from './fail.ts';
import { Output } from './output.ts';
import { buildProgram, commandPath } from './program.ts';

const { version } = createRequire(import.meta.url)('windrow/package.json') as { version: string };

// A reader that has seen enough (head, less) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3));

const outcome: { exitCode: number } = { exitCode: 0 };
const program = buildProgram(version, outcome);
try {
  await program.parseAsync();
} catch (error) {
  const words = process.argv.slice(2);
  const asked = error instanceof CommanderError && error.exitCode === 0;
  const helpShown = error instanceof CommanderError && error.code === 'commander.help';
  if (helpShown) outcome.exitCode = 2;
  else if (!asked) {
    const output = new Output({ json: words.includes('--json') });
    outcome.exitCode = reportFailure(error, output, { command: commandPath(program, words) });
  }
}
process.exitCode = outcome.exitCode;
