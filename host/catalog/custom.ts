import { safeParse } from 'valibot';
import { WindrowError } from '../errors.ts';
import { isUnknownKey, pathOf } from '../shape.ts';
import { suggest } from '../suggest.ts';
import { barColumns } from './bars.ts';
import { type Custom, type CustomRead, customSchema } from './customSchema.ts';
import { type Expr, named, toText } from './expr.ts';
import type { Family, Feature } from './family.ts';
import { operatorByName } from './operators.ts';
import { faultOfRows } from './resampled.ts';
import { faultOfPeer, faultOfSide, sideParameter } from './roles.ts';
import { type FeatureSet, rowColumns } from './set.ts';
import { formByName } from './text/forms.ts';
import { DefinedWords, parseFormula, type Scope } from './text/parse.ts';
import { type Words, wordsOf } from './words.ts';

/** Names end up in names of tables and columns. The rest of a table's name is a symbol and a month. */
const identifier = /^[a-z][a-z0-9_]*$/;
const longestFamily = 40;
/** What Postgres keeps of the name of a column. */
const longestName = 63;

const reject = (place: string, path: readonly string[], what: string, suggestion = ''): never => {
  throw new WindrowError('WR_CUSTOM', { place, path, what, suggestion });
};

function checkIdentifier(place: string, path: readonly string[], limit: number): void {
  const name = path.at(-1)!;
  if (identifier.test(name) && name.length <= limit) return;
  if (name.length > limit) reject(place, path, `a name of ${name.length} characters, the limit is ${limit}`);
  const what = `"${name}" is no name: names are made of a to z, 0 to 9 and "_", and begin with a letter`;
  reject(place, path, what, suggest(name, [name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')]));
}

/** What a name of the user would be confused with. */
function checkFamilyName(set: FeatureSet, name: string): void {
  const place = `family ${name}`;
  const path = ['custom', name];
  checkIdentifier(place, path, longestFamily);
  if (set.families.some(family => family.name === name))
    reject(place, path, `set ${set.name} has a family of that name, ${name}`);
  if (name === set.bars.table || name === set.layout.table)
    reject(place, path, `set ${set.name} has a table of that name, ${name}`);
  const tables = [set.bars.table, ...set.families.map(family => family.name)];
  for (const table of tables)
    for (const symbol of set.symbols)
      if (`${name}_`.startsWith(`${table}_${symbol}_`))
        reject(place, path, `${table}_${symbol} is the table of ${table} that holds ${symbol}`);
}

/** Built-in names by what they name, for the words and columns of a family. */
function builtinNames(set: FeatureSet, words: Words): (name: string) => string | undefined {
  const byName = new Map<string, string>();
  const add = (name: string, what: string): unknown => byName.has(name) || byName.set(name, what);
  const { timeColumn, symbolColumn, kind } = set.layout;
  for (const { name, features } of set.families)
    for (const feature of features) add(feature.name, `feature ${name}.${feature.name}`);
  for (const name of words.names()) add(name, `word ${name} of set ${set.name}`);
  for (const name of operatorByName.keys()) add(name, `operator ${name}`);
  for (const name of formByName.keys()) add(name, `operator ${name}`);
  for (const name of [...barColumns, 'time']) add(name, `column ${name} of the bars`);
  for (const name of ['null', 'nan']) add(name, `word ${name}, which is NULL`);
  const fixed = kind === 'rows' ? Object.values(rowColumns) : [];
  for (const name of [timeColumn, symbolColumn, ...fixed]) add(name, `column ${name} of the table`);
  return name => byName.get(name);
}

function checkNames(set: FeatureSet, custom: CustomRead, words: Words): void {
  const builtin = builtinNames(set, words);
  const columns = new Map<string, string>();
  for (const [family, { define = {}, features, partition }] of Object.entries(custom)) {
    checkFamilyName(set, family);
    if (partition !== undefined && set.layout.kind === 'rows') {
      const what = `set ${set.name} keeps all families in one table, which is cut by month already`;
      reject(`family ${family}`, ['custom', family, 'partition'], what);
    }
    if (Object.keys(features).length === 0)
      reject(`family ${family}`, ['custom', family], 'it has no features');
    for (const part of ['define', 'features'] as const) {
      for (const name of Object.keys({ define, features }[part])) {
        const place = `${part === 'define' ? 'word' : 'feature'} ${family}.${name}`;
        const path = ['custom', family, part, name];
        checkIdentifier(place, path, longestName);
        const other = builtin(name);
        if (other !== undefined) reject(place, path, `it has the name of the ${other}`);
        if (part === 'define') continue;
        if (Object.hasOwn(define, name)) reject(place, path, `it has the name of the word ${family}.${name}`);
        const column = columns.get(name);
        if (column !== undefined && set.layout.kind === 'rows')
          reject(place, path, `it has the name of the feature ${column}, and both are columns of one table`);
        columns.set(name, `${family}.${name}`);
      }
    }
  }
}

function checked(set: FeatureSet, custom: Custom): CustomRead {
  const read = safeParse(customSchema, custom);
  if (read.success) return read.output;
  const [issue] = read.issues;
  const path = pathOf(issue);
  const what = isUnknownKey(issue) ? 'there is no such key' : issue.message;
  return reject(path.join('.') || `set ${set.name}`, ['custom', ...path], what);
}

const formulaOf = (feature: CustomRead[string]['features'][string]): string =>
  typeof feature === 'string' ? feature : feature.formula;

/** The words of a set with those of the user's families: all of them with their family, those of `family` without too. */
function customWords(set: FeatureSet, custom: CustomRead, builtin: Words): (family?: string) => Scope {
  const formulas: Record<string, string> = {};
  const paths = new Map<string, readonly string[]>();
  for (const [family, { define = {}, features }] of Object.entries(custom)) {
    for (const [name, text] of Object.entries(define)) {
      formulas[`${family}.${name}`] = text;
      paths.set(`${family}.${name}`, ['custom', family, 'define', name]);
    }
    for (const [name, feature] of Object.entries(features)) {
      formulas[`${family}.${name}`] = formulaOf(feature);
      paths.set(`${family}.${name}`, ['custom', family, 'features', name]);
    }
  }
  const own = new DefinedWords(formulas, (name, text) => {
    const body = parseFormula(text, scope(paths.get(name)![1]), { name, path: paths.get(name)! });
    return named(name, body);
  });
  const scope = (family?: string): Scope => ({
    columns: set.bars.columns,
    bars: `set ${set.name}`,
    parameters: [...set.parameters.map(({ name }) => name), ...(set.peers.roles ? [sideParameter] : [])],
    faultOfPeer: name => faultOfPeer(set, name),
    word: (name, fail) =>
      (family === undefined ? undefined : own.get(`${family}.${name}`, fail)) ??
      own.get(name, fail) ??
      builtin.get(name),
    words: () => {
      const all = own.names();
      const near =
        family === undefined ? [] : Object.keys({ ...custom[family]?.define, ...custom[family]?.features });
      return [...near, ...all, ...builtin.names(), ...builtin.features()];
    },
  });
  return scope;
}

/** The scope of formulas over a set, its own families and those of the user included. */
export const scopeOf = (set: FeatureSet): Scope => customWords(set, {}, wordsOf(set))();

/** A formula over a set as a feature that is in none of its tables. */
export function featureOfFormula(set: FeatureSet, text: string): Feature {
  const expr = parseFormula(text, scopeOf(set), { name: 'formula' });
  const fault = faultOfSide(expr);
  if (fault !== undefined) reject('formula', [], fault);
  return { name: 'formula', expr, unit: 'none', description: `A formula over set ${set.name}.` };
}

/** The set with the families of the user, which are from then on like all others. */
export function withCustom(set: FeatureSet, given: Custom): FeatureSet {
  const custom = checked(set, given);
  if (Object.keys(custom).length === 0) return set;
  const builtin = wordsOf(set);
  checkNames(set, custom, builtin);
  const scope = customWords(set, custom, builtin);
  const noFault = (what: string): never => reject(`set ${set.name}`, ['custom'], what);
  const families = Object.entries(custom).map(([name, declared]): Family => {
    const { title, define = {}, features, partition } = declared;
    const read = scope(name);
    const bodyOf = (word: string): Expr => {
      const expr = read.word(word, noFault)!;
      return expr.kind === 'named' ? expr.body : expr;
    };
    // a word that no feature uses is read as well: what is wrong in it is told now
    for (const word of Object.keys(define)) bodyOf(word);
    return {
      name,
      title: title ?? 'Features of your own',
      custom: true,
      ...(partition === undefined ? {} : { partition }),
      features: Object.entries(features).map(([own, feature]): Feature => {
        const { unit = 'none', description = undefined } = typeof feature === 'string' ? {} : feature;
        const expr = bodyOf(own);
        const fault = faultOfRows(expr) ?? faultOfSide(expr);
        if (fault !== undefined) reject(`feature ${name}.${own}`, ['custom', name, 'features', own], fault);
        return { name: own, expr, unit, description: description ?? toText(expr) };
      }),
    };
  });
  return { ...set, custom: given, families: [...set.families, ...families] };
}
