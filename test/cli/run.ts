import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program as built; another one, for instance of an installed package, with TEST_WINDROW. */
export const main =
  process.env.TEST_WINDROW ?? fileURLToPath(new URL('../../build/host/cli/main.js', import.meta.url));

export type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sees the process while it runs, for example to interrupt it. */
  readonly onStart?: (child: ChildProcess) => void;
};

/** The surroundings of a test's commands: nothing of the developer's own settings gets in. */
export function cleanEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(PG|DATABASE_URL|WINDROW_|NO_COLOR|FORCE_COLOR|COLUMNS|VITEST|NODE_)/.test(name),
  );
  const home = { XDG_DATA_HOME: join(tmpdir(), 'windrow-nowhere') };
  return { ...Object.fromEntries(kept), ...home, COLUMNS: '100', ...extra };
}

/** Runs the built program as a user would. */
export function windrow(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: options.cwd ?? tmpdir(),
      env: cleanEnv(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      // Below the runner's own limit, so that a command that hangs does not outlive its test.
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : -1), stdout, stderr }),
    );
    options.onStart?.(child);
  });
}

/** A folder for one test file. */
export function scratch(name: string): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `windrow-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The objects of an output of one JSON object per line. */
export const objects = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>);
