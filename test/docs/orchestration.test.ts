import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'valibot';
import { afterAll, describe, expect, test } from 'vitest';
import { updateLine, updateLines } from '../support/updateContract.ts';

// The snippets of docs/orchestration.md: Python that compiles, reads what the lines of `update --json` have, and does
// with them what the page says. Airflow and Prefect are stood in for by the few names that the snippets use.

const page = readFileSync(fileURLToPath(new URL('../../docs/orchestration.md', import.meta.url)), 'utf8');
const blocks = [...page.matchAll(/^```python\n(.*?)^```$/gms)].map(([, text]) => text!);
const [airflow, prefect] = ['airflow', 'prefect'].map(name => blocks.find(text => text.includes(name))!);

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('docs/orchestration.md: there is no python3 here, so its Python is not run');

const folder = mkdtempSync(join(tmpdir(), 'windrow-snippets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};

const python = (program: string) =>
  spawnSync('python3', [write('program.py', program)], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: folder, PATH: `${folder}:${process.env.PATH}` },
  });

type Line = Readonly<Record<string, unknown>>;

const counts = { rows: 0, inserted: 0, cells: 0, nulls: 0, clipped: 0 };
const failure = { symbol: 'amd', code: 'WR_TASK_TIMEOUT', cause: 'too slow' };
const symbolLine = { kind: 'symbol', status: 'failed', ...failure, ...counts, barsRead: 0, nullFeatures: {} };
const report = {
  ...{ kind: 'report', runId: crypto.randomUUID(), set: 'stocks-hourly', featureVersion: '0123456789abcdef' },
  ...{ dryRun: false, startedAt: '2025-03-10T15:00:02.123Z', tookMs: 1, symbols: 2, done: 1, unchanged: 0 },
  ...{ failed: 1, due: 0, rows: 1, cells: 1, nulls: 0, clipped: 0, interrupted: false, notes: ['slow'] },
  failures: [failure],
};
const partly: Line[] = [
  { kind: 'plan', symbols: 2, due: 2 },
  { kind: 'note', text: 'slow' },
  { ...symbolLine, tookMs: 1 },
  report,
];
const refused: Line[] = [
  {
    kind: 'error',
    code: 'WR_SET_UNKNOWN',
    exitCode: 2,
    message: 'unknown set "x"',
    hint: 'the sets are: fx',
  },
];

/** Stands in for npx: notes its arguments, says these lines and ends so. */
function npx(lines: readonly Line[], code: number): void {
  const said = write('said.jsonl', lines.map(line => `${JSON.stringify(line)}\n`).join(''));
  const program = `#!/bin/sh\necho "$@" > '${join(folder, 'arguments')}'\necho progress >&2\ncat '${said}'\nexit ${code}\n`;
  chmodSync(write('npx', program), 0o755);
}

test('the lines that the tests below say are lines of update --json', () => {
  for (const line of [...partly, ...refused]) expect(() => parse(updateLine, line)).not.toThrow();
});

test('the page has a snippet for each scheduler', () => {
  expect(blocks).toHaveLength(2);
  expect(airflow && prefect).toBeTruthy();
});

test('fields that the page reads from a line are fields of such a line', () => {
  const reads = [...prefect!.matchAll(/\b(last|report)\["(\w+)"\]/g)];
  expect(reads.length).toBeGreaterThan(6);
  const fieldsOf = (kind: keyof typeof updateLines): string[] => Object.keys(updateLines[kind].entries);
  const any = Object.keys(updateLines).flatMap(kind => fieldsOf(kind as 'plan'));
  for (const [, of, field] of reads) expect(of === 'report' ? fieldsOf('report') : any).toContain(field);
  for (const [, field] of page.matchAll(/xcom_pull\("\w+"\)\)\["(\w+)"\]/g))
    expect(fieldsOf('report')).toContain(field);
});

describe.skipIf(!hasPython)('with Python', () => {
  test.each(blocks.map(text => [text.split('\n')[0]!, text]))('compiles: %s ...', (_, text) => {
    const file = write('snippet.py', text);
    const { status, stderr } = spawnSync('python3', ['-m', 'py_compile', file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('the task of Airflow hands on the report, and fails where nothing could be done', () => {
    write(
      'airflow/sdk.py',
      'class DAG:\n  def __init__(self, name, **_): pass\n  def __enter__(self): return self\n  def __exit__(self, *_): pass\n',
    );
    const bash = 'def BashOperator(**given):\n  import json\n  print(json.dumps(given["bash_command"]))\n';
    write('airflow/providers/standard/operators/bash.py', bash);
    const { stdout, stderr } = python(airflow!);
    expect(stderr).toBe('');
    const run = (lines: readonly Line[], code: number) => {
      npx(lines, code);
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
      return spawnSync('bash', ['-c', JSON.parse(stdout)], { encoding: 'utf8', env });
    };
    // what it hands on is the last line
    const some = run(partly, 1);
    expect(some.status).toBe(0);
    expect(JSON.parse(some.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ failures: [failure] });
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe(
      'windrow update --set stocks-hourly --json\n',
    );
    expect(run([report], 0).status).toBe(0);
    for (const code of [2, 3, 130]) expect(run(refused, code).status).toBe(code);
  });

  test('the flow of Prefect warns of symbols that failed, and fails where nothing could be done', () => {
    write(
      'prefect.py',
      `import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level=logging.INFO)
def flow(f): return f
def task(**_): return lambda f: f
def get_run_logger(): return logging.getLogger()
`,
    );
    const run = (lines: readonly Line[], code: number) => {
      npx(lines, code);
      const here = prefect!.replace('"/srv/market"', JSON.stringify(folder));
      return python(`${here}\nafter_collection(["aapl", "amd"])\n`);
    };
    const some = run(partly, 1);
    expect(some.stdout.trimEnd().split('\n')).toEqual([
      'INFO slow',
      'WARNING amd: too slow',
      'WARNING 1 of 2 symbols failed',
    ]);
    expect(some.status).toBe(0);
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe(
      'windrow update --set stocks-hourly --json --symbols aapl,amd\n',
    );
    const none = run(refused, 2);
    expect(none.stderr).toMatch(/RuntimeError: WR_SET_UNKNOWN: unknown set "x" \(the sets are: fx\)$/m);
    expect(run(partly, 130).stderr).toMatch(/RuntimeError: windrow ended with 130$/m);
  });
});
