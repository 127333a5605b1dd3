import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Command } from '../../host/cli/command.ts';
import { commands } from '../../host/cli/commands/index.ts';
import { fxFeatures } from '../support/counts.ts';
import { objects, scratch, windrow } from './run.ts';

const folder = scratch('usage');
afterAll(folder.remove);
const cwd = folder.path;

const paths = (list: readonly Command[], path: readonly string[] = []): (readonly string[])[] =>
  list.flatMap(entry => [[...path, entry.name], ...paths(entry.commands ?? [], [...path, entry.name])]);

describe('help', () => {
  it('of the program names every command', async () => {
    const { code, stdout, stderr } = await windrow(['--help'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const lines = stdout.split('\n');
    for (const { name, summary } of commands) {
      expect(lines.find(line => line.startsWith(`  ${name} `))?.endsWith(` ${summary}`), name).toBe(true);
    }
  });

  it.each(paths(commands).map(path => [path.join(' '), path] as const))(
    'of %s shows examples',
    async (title, path) => {
      const { code, stdout } = await windrow([...path, '--help'], { cwd });
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: windrow ${title}`);
      if (!stdout.includes('Commands:')) expect(stdout).toMatch(/Examples:\n {2}.*windrow/);
    },
  );

  it('is shown on stderr and is wrong use when no command is given', async () => {
    const { code, stdout, stderr } = await windrow([], { cwd });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: windrow');
  });

  it.each(['', 'backfill', 'db', 'db url'])('"help %s" is the same as the flag', async title => {
    const path = title === '' ? [] : title.split(' ');
    const asked = await windrow(['help', ...path], { cwd });
    expect(asked).toEqual(await windrow([...path, '--help'], { cwd }));
    expect(asked.code).toBe(0);
  });

  it('prints the version of the package', async () => {
    const { code, stdout } = await windrow(['--version'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wrong use', () => {
  const cases: readonly (readonly [line: string, message: string, hint: RegExp])[] = [
    ['bakfill', 'unknown command "bakfill"', /did you mean "backfill"\? "windrow --help"/],
    ['features --jsn', 'unknown option "--jsn"', /did you mean "--json"\? "windrow features --help"/],
    [
      'features a b',
      'too many arguments for "features". Expected 1 argument but got 2',
      /"windrow features --help"/,
    ],
    ['features bolinger_rate', 'unknown family "bolinger_rate"', /did you mean "bollinger_rate"\?/],
    ['features volume', 'unknown family "volume"', /did you mean "volume_features"\?/],
    ['help bakfill', 'unknown command "bakfill"', /did you mean "backfill"\?/],
    ['help db urll', 'unknown command "urll"', /did you mean "url"\?/],
    ['features --set fy', 'unknown set "fy"', /fx/],
    ['explain', 'name a feature, or give a formula with "--expr"', /"windrow explain --help"/],
    ['explain bollinger_rate.w20_bb_uper', 'unknown feature "bollinger_rate.w20_bb_uper"', /w20_bb_upper/],
    ['explain w20_bb_uper', 'unknown feature "w20_bb_uper"', /did you mean "w20_bb_upper"/],
    [
      'explain w20_bb_upper',
      'feature "w20_bb_upper" is in several families',
      /bollinger_rate\.w20_bb_upper, bollinger_bqx/,
    ],
    [
      'config --workers two',
      'option "--workers <count>" argument "two" is invalid',
      /"windrow config --help"/,
    ],
    ['config --type reel', 'option "--type <type>" argument "reel" is invalid', /"windrow config --help"/],
    ['config --config none.yaml', 'none.yaml" cannot be read', /--config/],
    ['db urll', 'unknown command "urll"', /did you mean "url"\? "windrow db --help"/],
    ['backfill --from 2024-13', 'month "2024-13" is not of the form YYYY-MM', /2024-07/],
    ['backfill --from 2024-08 --to 2024-07', 'months from "2024-08" to "2024-07" are none', /both ends/],
    ['bench --families bolinger_rate', 'unknown family "bolinger_rate"', /did you mean "bollinger_rate"\?/],
    ['backfill --families bolinger_rate', 'unknown family "bolinger_rate"', /bollinger_rate/],
    ['import', 'missing required argument "files"', /"windrow import --help"/],
    ['generate --pairs eurusd', 'required', /generate --help/],
  ];

  it.each(cases)('windrow %s', async (line, message, hint) => {
    const { code, stdout, stderr } = await windrow(line.split(' '), { cwd });
    expect(stderr).toMatch(/^error: .+\nhint: .+\n$/);
    expect(stderr).toContain(message);
    expect(stderr.split('\n')[1]).toMatch(hint);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('is told to programs as an object', async () => {
    const { code, stdout, stderr } = await windrow(['features', 'nothing', '--json'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: /);
    expect(objects(stdout)).toMatchObject([
      { kind: 'error', code: 'WR_FAMILY_UNKNOWN', exitCode: 2, message: 'unknown family "nothing"' },
    ]);
  });

  it('shows a stack only with --debug', async () => {
    const plain = await windrow(['features', 'nothing'], { cwd });
    expect(plain.stderr).not.toMatch(/ at .*\.js:/);
    const debug = await windrow(['features', 'nothing', '--debug'], { cwd });
    expect(debug.stderr).toMatch(/ at .*\.js:/);
  });
});

describe('environment', () => {
  it('without a server at the address ends with 3', async () => {
    const { code, stderr } = await windrow(
      ['status', '--database-url', 'postgresql://u:secret@127.0.0.1:1/x'],
      { cwd },
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: .*127\.0\.0\.1:1/);
    expect(stderr).toMatch(/\nhint: /);
    expect(stderr).not.toContain('secret');
  });
});

describe('windrow features', () => {
  it('lists families with their totals', async () => {
    const { code, stdout } = await windrow(['features'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^family +features +bars +what it holds\n/);
    expect(stdout).toMatch(/\nbollinger_rate +10 +50 /);
    expect(stdout).toMatch(new RegExp(`\n +${fxFeatures} `));
  });

  it('prints an object per feature with --json', async () => {
    const { stdout } = await windrow(['features', '--json'], { cwd });
    const all = objects(stdout);
    expect(all).toHaveLength(fxFeatures);
    expect(all.find(one => one.family === 'bollinger_rate' && one.name === 'w20_bb_upper')).toMatchObject({
      unit: 'index pts',
      barsNeeded: 20,
      lookbackBars: 20,
    });
  });
});

describe('windrow explain', () => {
  it('shows formula, unit, lookback, NULL rule and plan', async () => {
    const { code, stdout } = await windrow(['explain', 'bollinger_rate.w20_bb_upper'], { cwd });
    expect(code).toBe(0);
    for (const word of ['formula', 'unit', 'lookback', 'NULL', 'plan'])
      expect(stdout).toMatch(new RegExp(`\n +${word} `));
  });
});

describe('windrow bench', () => {
  const run = (...args: string[]) =>
    windrow(['bench', '--families', 'bollinger_rate,reg_rate', ...args], { cwd });

  it('shows what families cost, the dearest first', async () => {
    const { code, stdout } = await run();
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^family +features +ns a cell +ms a month +least to most +share$/);
    expect(lines.slice(1, 4).map(line => line.replace(/ {2,}.*/, ''))).toEqual([
      'reg_rate',
      'bollinger_rate',
      'all 2 families',
    ]);
    expect(stdout).toMatch(/\n +28 symbols +\S+ m?s a month\n/);
  });

  it('says so to a program', async () => {
    const [dear, cheap, report] = objects((await run('--json')).stdout);
    expect(dear).toMatchObject({ kind: 'family', family: 'reg_rate', features: 90 });
    expect(cheap).toMatchObject({ kind: 'family', family: 'bollinger_rate', features: 10 });
    expect(report).toMatchObject({ kind: 'report', set: 'fx', families: 2, features: 100, symbol: 'eurusd' });
    expect(Number(dear!.share) + Number(cheap!.share)).toBeCloseTo(1);
  });
});

describe('windrow config', () => {
  it('prints values and where they come from, without passwords', async () => {
    writeFileSync(
      join(cwd, 'windrow.config.yaml'),
      'type: real\ndatabase:\n  url: postgresql://me:secret@host/db\n',
    );
    const { code, stdout } = await windrow(['config', '--workers', '3'], {
      cwd,
      env: { WINDROW_SCHEMA: 'research' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\ntype +real +windrow\.config\.yaml:1\n/);
    expect(stdout).toMatch(/\ndatabase\.url +postgresql:\/\/me:\*\*\*@host\/db +windrow\.config\.yaml:3\n/);
    expect(stdout).toMatch(/\nworkers +3 +flag --workers\n/);
    expect(stdout).toMatch(/\ndatabase\.schema +research +environment WINDROW_SCHEMA\n/);
    expect(stdout).not.toContain('secret');
  });

  it('names the line of a mistake', async () => {
    writeFileSync(join(cwd, 'wrong.yaml'), 'set: fx\n\nworkers: two\n');
    const { code, stderr } = await windrow(['config', '--config', 'wrong.yaml'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('wrong.yaml:3: "workers" expected a whole number from 1 to 256, found "two"');
  });
});
