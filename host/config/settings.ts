import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { safeParse, ValiError } from 'valibot';
import { WindrowError } from '../errors.ts';
import { type ConfigFile, readConfig } from './file.ts';
import { type SettingName, type Settings, settingNames, settingOf, settingTable } from './table.ts';

export const configName = 'windrow.config.yaml';

/** Where a value in force comes from. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string };

export type ResolvedSettings = {
  readonly values: Settings;
  readonly origins: Readonly<Record<SettingName, Origin>>;
  /** Path of the file that was read, if any. */
  readonly file: string | undefined;
  /** Line of a key in that file, or of the nearest one around it. */
  readonly lineOf: (path: readonly string[]) => number | undefined;
};

export type SettingsInput = {
  /** Values given on the command line or by the embedding program. */
  readonly flags?: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** An explicit file; by default `windrow.config.yaml` in `cwd`, if it is there. */
  readonly file?: string | undefined;
};

/** libpq's variables that name a server: either means "not the embedded one". */
const serverVariables = ['PGHOST', 'PGDATABASE'] as const;

function configFile(
  input: SettingsInput,
  env: Readonly<Record<string, string | undefined>>,
): ConfigFile | undefined {
  const cwd = input.cwd ?? process.cwd();
  const named = input.file ?? env.WINDROW_CONFIG;
  if (named !== undefined && named !== '') return readConfig(resolve(cwd, named));
  const path = resolve(cwd, configName);
  return existsSync(path) ? readConfig(path) : undefined;
}

/** `--source TABLE` names the table; what the file says about its columns still holds. */
function sourceOf(table: unknown, file: ConfigFile | undefined): unknown {
  return { ...(file?.values.get('source') as object | undefined), table };
}

function check(name: SettingName, value: unknown, from: string): unknown {
  const { schema, expects, secret } = settingOf(name);
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const found = secret ? 'something else' : `"${String(value)}"`;
  throw new WindrowError(
    'WR_SETTING_INVALID',
    { setting: from, expects, found },
    { cause: new ValiError(result.issues) },
  );
}

/** Puts flags over environment over file over defaults, and remembers where each value came from. */
export function resolveSettings(input: SettingsInput = {}): ResolvedSettings {
  const env = input.env ?? process.env;
  const file = configFile(input, env);
  const values: Partial<Record<SettingName, unknown>> = {};
  const origins: Partial<Record<SettingName, Origin>> = {};
  for (const name of settingNames) {
    const entry = settingOf(name);
    const flag = input.flags?.[name];
    const variable = entry.env === undefined ? undefined : env[entry.env];
    if (flag !== undefined) {
      const shown = entry.flag ?? entry.key;
      values[name] = check(name, name === 'source' ? sourceOf(flag, file) : flag, shown);
      origins[name] = { kind: 'flag', name: shown };
    } else if (variable !== undefined && variable !== '') {
      values[name] = check(name, entry.fromText?.(variable) ?? variable, entry.env as string);
      origins[name] = { kind: 'env', name: entry.env as string };
    } else if (name === 'databaseUrl' && serverVariables.some(key => env[key])) {
      // The server is named by libpq's variables, which the driver reads itself.
      origins[name] = { kind: 'env', name: serverVariables.filter(key => env[key]).join(', ') };
    } else if (file?.values.has(name)) {
      values[name] = file.values.get(name);
      origins[name] = { kind: 'file', file: file.path, line: file.lines.get(name) as number };
    } else {
      values[name] = entry.fallback?.();
      origins[name] = { kind: 'default' };
    }
  }
  for (const name of ['dataDir', 'rejects'] as const) {
    const folder = values[name];
    if (folder === undefined) continue;
    const base =
      origins[name]?.kind === 'file' ? dirname((file as ConfigFile).path) : (input.cwd ?? process.cwd());
    values[name] = resolve(base, folder as string);
  }
  // whatever set a command is told to work on, a family belongs to the set of its file
  const home = (file?.values.get('set') ?? settingTable.set.fallback()) as string;
  const custom = values.custom as Settings['custom'];
  values.custom = Object.fromEntries(
    Object.entries(custom).map(([name, family]) => [name, { set: home, ...family }]),
  );
  return {
    values: values as Settings,
    origins: origins as Record<SettingName, Origin>,
    file: file?.path,
    lineOf: path => file?.lineOf(path),
  };
}

/**
 * Which database the settings ask for, as `openDatabase` takes it. A flag for the folder asks for the embedded
 * server; a folder from elsewhere only says where that server lives.
 */
export function databaseChoice({ values, origins }: ResolvedSettings): {
  databaseUrl?: string;
  dataDir?: string;
} {
  const { databaseUrl, dataDir } = values;
  const byFlag = (name: SettingName): boolean => origins[name].kind === 'flag';
  const embedded = byFlag('dataDir') && !byFlag('databaseUrl');
  if (!embedded && databaseUrl !== undefined) return { databaseUrl };
  if (!embedded && origins.databaseUrl.kind === 'env') return {};
  return dataDir === undefined ? {} : { dataDir };
}
