import { CommanderError } from 'commander';
import { WindrowError } from '../errors.ts';
import { withoutPasswords } from '../secrets.ts';
import type { ExitCode } from './command.ts';
import type { Output } from './output.ts';

type Failure = {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly hint: string;
};

/** Commander says "error: unknown option '--jsn'\n(Did you mean --json?)". */
function fromCommander(error: CommanderError, command: string): WindrowError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const meant = /\(Did you mean (.+?)\?\)/.exec(rest.join(' '))?.[1];
  const suggestion = meant === undefined ? '' : `did you mean "${meant.replace(/^one of /, '')}"? `;
  const what = first.replaceAll("'", '"').replace(/\.$/, '');
  return new WindrowError('WR_USAGE', { what, suggestion, command }, { cause: error });
}

/** What an error means to the person at the keyboard. */
export function failureOf(error: unknown, command = 'windrow'): Failure {
  if (error instanceof CommanderError) return failureOf(fromCommander(error, command));
  if (error instanceof WindrowError) {
    const { code, exitCode, message, hint } = error;
    return { code, exitCode, message, hint };
  }
  const { code, message, syscall, severity } = error as NodeJS.ErrnoException & {
    readonly severity?: string;
  };
  if (typeof syscall === 'string' && typeof code === 'string') {
    return { code, exitCode: 3, message, hint: '"--debug" shows where this happened' };
  }
  if (severity !== undefined && code !== undefined && /^(40|53|55|57|58)/.test(code)) {
    const said = `the database ended a statement: ${message} (SQLSTATE ${code})`;
    return {
      code,
      exitCode: 3,
      message: said,
      hint: 'its log says more; the same command goes on where it was',
    };
  }
  const internal = new WindrowError('WR_INTERNAL', { what: message ?? String(error) }, { cause: error });
  return { ...failureOf(internal), hint: `${internal.hint}; "--debug" shows where it happened` };
}

/** Prints `error:` and `hint:` to stderr, with --json also an object to stdout. Returns the exit code. */
export function reportFailure(
  error: unknown,
  output: Output,
  options: { readonly command?: string; readonly debug?: boolean } = {},
): ExitCode {
  const { code, exitCode, ...texts } = failureOf(error, options.command);
  // what libraries and the system say of an address is not ours to know
  const [message, hint] = [withoutPasswords(texts.message), withoutPasswords(texts.hint)];
  output.note(`${output.style('red', 'error:', output.stderr)} ${message}`);
  if (hint !== '') output.note(`${output.style('cyan', 'hint:', output.stderr)} ${hint}`);
  if (options.debug) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      output.note(withoutPasswords(cause.stack ?? ''));
  }
  if (output.json) output.object({ kind: 'error', code, exitCode, message, hint });
  return exitCode;
}
