import { CommanderError } from 'commander';
import { reportFailure } from './fail.ts';
import { Output } from './output.ts';
import { buildProgram, commandPath, helpAsFlag } from './program.ts';
import { packageVersion } from './version.ts';

// A reader that has seen enough (head, less) is no error, and no reason to leave work undone.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const outcome: { exitCode: number } = { exitCode: 0 };
const program = buildProgram(packageVersion, outcome);
const words = helpAsFlag(program, process.argv.slice(2));
const report = (error: unknown, command?: string): number => {
  const output = new Output({ json: words.includes('--json') });
  return reportFailure(error, output, { ...(command ? { command } : {}), debug: words.includes('--debug') });
};

process.on('uncaughtException', error => process.exit(report(error)));

try {
  await program.parseAsync(words, { from: 'user' });
} catch (error) {
  const asked = error instanceof CommanderError && error.exitCode === 0;
  const helpShown = error instanceof CommanderError && error.code === 'commander.help';
  if (helpShown) outcome.exitCode = 2;
  else if (!asked) outcome.exitCode = report(error, commandPath(program, words));
}
process.exitCode = outcome.exitCode;
// Nothing should keep the process alive now; if something does, it does not keep the user waiting.
setTimeout(() => process.exit(), 3000).unref();
