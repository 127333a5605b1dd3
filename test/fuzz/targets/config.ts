import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { featuresOf, setByName } from '../../../host/catalog/catalog.ts';
import { resolveSettings } from '../../../host/config/settings.ts';
import { shownSettings } from '../../../host/config/show.ts';
import { WindrowError } from '../../../host/errors.ts';
import type { Target } from '../target.ts';

// A configuration, read as every command does, with the families of its own. It is taken, or refused with file and line; no
// password that stands in a URL is ever shown.

const words = [
  ...[
    '&a ',
    '*a',
    '*b',
    '<<: *a',
    '!!js/function x',
    '!!binary x',
    '!!set',
    '!!timestamp ',
    '? ',
    ': ',
    '- ',
    '---\n',
  ],
  ...[
    '...\n',
    '%YAML 9\n',
    '\t',
    '{',
    '}',
    '[',
    ']',
    '|',
    '>',
    '"',
    "'",
    '#',
    '\n',
    '\n  ',
    '~',
    'null',
    'true',
  ],
  ...[
    '1e999',
    '.nan',
    '__proto__: 1\n',
    'constructor',
    '\0',
    '\ufeff',
    '{a: &x [*x]}',
    '&x [*x, *x]',
    '[[[[[[[[',
  ],
  ...[
    '? {a: b}\n: c',
    '🙂',
    'set: stocks-hourly\n',
    '0o17',
    'pairs: ',
    'workers: ',
    'database: ',
    'custom: ',
    'sets: ',
  ],
  ...[
    'source: ',
    'session: ',
    'baselines: ',
    'define: ',
    'features: ',
    'off: ',
    'options: ',
    'mean(close, 20)',
  ],
];

const secret = 's3cr3t';

function read(input: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'windrow-fuzz-'));
  const file = join(folder, 'windrow.config.yaml');
  writeFileSync(file, input);
  try {
    const settings = resolveSettings({ file, env: {}, cwd: folder });
    const shown = JSON.stringify(shownSettings(settings));
    // one that stands where no password belongs is none
    if (/:s3cr3t@/.test(String(settings.values.databaseUrl))) assert(!shown.includes(secret), shown);
    const { set, custom } = settings.values;
    const families = Object.entries(custom).map(([name, { set: _, ...family }]) => [name, family]);
    const chosen = setByName(set, { custom: Object.fromEntries(families) });
    featuresOf(
      chosen,
      chosen.families.filter(family => family.custom),
    );
    return 'read';
  } catch (error) {
    if (!(error instanceof WindrowError)) throw error;
    const { code, message } = error;
    if (code.startsWith('WR_CONFIG_')) assert.match(message, /windrow\.config\.yaml:[1-9]\d*: ./);
    else
      assert.match(code, /^WR_(FORMULA|CUSTOM|SET_UNKNOWN|SET_OPTION|EXPRESSION|PLAN_SIZE|TABLE_WIDE|NAME)$/);
    assert(!/[^\s:/@]:s3cr3t@/.test(message), message);
    return code;
  } finally {
    rmSync(folder, { recursive: true });
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  }
}

export default {
  words,
  read,
  outcomes: ['read', 'WR_CONFIG_SYNTAX', 'WR_CONFIG_INVALID', 'WR_CUSTOM', 'WR_FORMULA'],
} satisfies Target;
