import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as v from 'valibot';
import type { LineCounter, ParsedNode, YAMLMap } from 'yaml';
import { WindrowError } from '../errors.ts';
import { withoutPasswords } from '../secrets.ts';
import { isUnknownKey, pathOf, strict } from '../shape.ts';
import { suggest } from '../suggest.ts';
import { type SettingName, settingNames, settingOf } from './table.ts';

/** A configuration file that has been read and found valid. */
export type ConfigFile = {
  readonly path: string;
  readonly values: ReadonlyMap<SettingName, unknown>;
  /** Line of a setting's key, counted from 1. */
  readonly lines: ReadonlyMap<SettingName, number>;
  /** Line of any key, or of the nearest one around it that stands in the file. */
  readonly lineOf: (path: readonly string[]) => number;
};

const require = createRequire(import.meta.url);
/** Loaded where there is a file to read: it takes as long as all of a small command. */
const yaml = (): typeof import('yaml') => require('yaml');

type Path = readonly string[];

/** The file's schema: the table's settings put in their places. */
function fileSchema(): v.GenericSchema {
  type Level = { [key: string]: Level | v.GenericSchema };
  const isSchema = (value: Level | v.GenericSchema): value is v.GenericSchema => value.kind === 'schema';
  const root: Level = {};
  for (const name of settingNames) {
    const { key, schema } = settingOf(name);
    const steps = key.split('.');
    const last = steps.pop() as string;
    let level = root;
    for (const step of steps) {
      level[step] ??= {};
      level = level[step] as Level;
    }
    level[last] = schema;
  }
  const build = (level: Level): v.GenericSchema =>
    strict(
      Object.fromEntries(
        Object.entries(level).map(([key, value]) => [
          key,
          v.optional(isSchema(value) ? value : build(value)),
        ]),
      ),
    );
  return build(root);
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<PropertyKey, unknown> | undefined)?.[step], value);

/** The key's line, or that of the nearest parent that stands in the file. */
function lineAt(contents: ParsedNode | null, path: Path, counter: LineCounter): number {
  const { isMap, isPair, isScalar } = yaml();
  let node: unknown = contents;
  let offset = contents?.range[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = (node as YAMLMap).items.find(
        item => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) break;
      offset = (pair.key as ParsedNode).range[0];
      node = pair.value;
    } else {
      const item = (node as { items?: ParsedNode[] } | null)?.items?.[Number(step)];
      if (item === undefined) break;
      offset = item.range[0];
      node = item;
    }
  }
  return counter.linePos(offset).line;
}

const show = (value: unknown): string => {
  // a URL that stands in the place of another setting
  const text = withoutPasswords(
    typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? 'nothing'),
  );
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const keysAt = (path: Path): string[] => {
  const prefix = path.length === 0 ? '' : `${path.join('.')}.`;
  const keys = settingNames.map(name => settingOf(name).key).filter(key => key.startsWith(prefix));
  return [...new Set(keys.map(key => key.slice(prefix.length).split('.')[0] as string))];
};

/** The setting that a path of the file leads to or into. */
const settingAt = (path: Path): SettingName | undefined => {
  const text = path.join('.');
  return settingNames.find(name => {
    const { key } = settingOf(name);
    return text === key || text.startsWith(`${key}.`);
  });
};

type Finding = { readonly line: number; readonly what: string; readonly suggestion: string };

function findingOf(issue: v.BaseIssue<unknown>, file: unknown, line: (path: Path) => number): Finding {
  const path = pathOf(issue);
  if (isUnknownKey(issue)) {
    const key = path.at(-1) as string;
    const parent = path.slice(0, -1);
    const place = parent.length === 0 ? '' : ` in "${parent.join('.')}"`;
    const suggestion = suggest(key, keysAt(parent));
    return { line: line(path), what: `unknown key "${withoutPasswords(key)}"${place}`, suggestion };
  }
  const name = settingAt(path);
  const expects = name === undefined ? 'keys with values' : settingOf(name).expects;
  const found = name !== undefined && settingOf(name).secret ? 'something else' : show(at(file, path));
  const what = `"${withoutPasswords(path.join('.'))}" expected ${expects}, found ${found}`;
  return { line: line(path), what, suggestion: '' };
}

/** Reads and checks a configuration file. Errors name the file and the line. */
export function readConfig(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WindrowError(
      'WR_CONFIG_UNREADABLE',
      { file: path, cause: (cause as Error).message },
      { cause },
    );
  }
  const { LineCounter, parseDocument, visit } = yaml();
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'error' });
  const wrong = (cause: Error, offset: number): WindrowError => {
    const { line } = counter.linePos(offset);
    const what = withoutPasswords(cause.message);
    return new WindrowError('WR_CONFIG_SYNTAX', { file: path, line, what }, { cause });
  };
  const [broken] = document.errors;
  if (broken !== undefined) throw wrong(broken, broken.pos[0]);
  let file: unknown;
  try {
    file = document.toJS() ?? {};
  } catch (cause) {
    // an alias of nothing, or aliases of aliases without end
    let offset = 0;
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document) !== undefined) return undefined;
        offset = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    throw wrong(cause as Error, offset);
  }
  const lineOf = (place: Path): number => lineAt(document.contents, place, counter);
  const result = v.safeParse(fileSchema(), file);
  if (!result.success) {
    const findings = result.issues.map(issue => findingOf(issue, file, lineOf));
    const [first] = findings.sort((a, b) => a.line - b.line) as [Finding];
    throw new WindrowError(
      'WR_CONFIG_INVALID',
      { file: path, ...first },
      { cause: new v.ValiError(result.issues) },
    );
  }
  const values = new Map<SettingName, unknown>();
  const lines = new Map<SettingName, number>();
  for (const name of settingNames) {
    const place = settingOf(name).key.split('.');
    const value = at(result.output, place);
    if (value === undefined) continue;
    values.set(name, value);
    lines.set(name, lineOf(place));
  }
  return { path, values, lines, lineOf };
}
