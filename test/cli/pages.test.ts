import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sets } from '../../host/catalog/catalog.ts';
import type { Command } from '../../host/cli/command.ts';
import { commands } from '../../host/cli/commands/index.ts';
import { optionTable } from '../../host/cli/options.ts';
import { readConfig } from '../../host/config/file.ts';
import { errorTable } from '../../host/errors.ts';
import { cliPage, settingRows } from './cliPage.ts';
import { scratch } from './run.ts';

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

it('docs/cli.md is what the tables of commands and options say', async () => {
  await expect(cliPage(commands)).toMatchFileSnapshot('../../docs/cli.md');
});

describe('docs/configuration.md', () => {
  it('has the row of every setting, and no other', () => {
    const rows = page('configuration.md')
      .split('\n')
      .filter(line => /^\| `[a-z]/.test(line));
    expect(rows).toEqual(settingRows());
  });

  it('shows examples that are valid', async () => {
    const { writeFileSync } = await import('node:fs');
    const folder = scratch('pages');
    const examples = [...page('configuration.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      match => match[1] as string,
    );
    expect(examples.length).toBeGreaterThan(1);
    for (const [index, example] of examples.entries()) {
      const path = `${folder.path}/${index}.yaml`;
      writeFileSync(path, example);
      expect(readConfig(path).values.size).toBeGreaterThan(0);
    }
    folder.remove();
  });
});

/** The families that a row of the README names, with their features: "`a_rate`, `_bqx` | 10, 12", "... | 15 each". */
function listed(row: string): string[] {
  const [, names = '', counts = ''] = row.split('|');
  let first = '';
  const full = [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => {
    if (!name.startsWith('_')) first = name;
    return name.startsWith('_') ? first.replace(/_[a-z]+$/, name) : name;
  });
  const each = counts.includes('each');
  return full.map((name, i) => `${name} ${counts.split(',')[each ? 0 : i]!.replace('each', '').trim()}`);
}

describe('README.md', () => {
  it('has a row for every family', () => {
    const rows = page('../README.md')
      .split('\n')
      .filter(line => /^\| `/.test(line));
    const families = sets.flatMap(set =>
      set.families.map(({ name, features }) => `${name} ${features.length}`),
    );
    expect(rows.flatMap(listed).toSorted()).toEqual(families.toSorted());
  });

  it('links to files that exist', () => {
    for (const name of [
      '../README.md',
      '../CONTRIBUTING.md',
      'architecture.md',
      'configuration.md',
      'errors.md',
      'operations.md',
    ]) {
      for (const [, target = ''] of page(name).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
        expect(
          existsSync(new URL(target, new URL(`../../docs/${name}`, import.meta.url))),
          `${name}: ${target}`,
        ).toBe(true);
      }
    }
  });
});

describe('docs/operations.md', () => {
  const text = page('operations.md');
  const find = (list: readonly Command[], name: string): Command | undefined =>
    list.find(entry => entry.name === name);

  it('names commands and options that there are', () => {
    const lines = [...text.matchAll(/(?:`|^|\$\()windrow ([a-z][^`\n)]*)/gm)].map(match => match[1]!);
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      const [name = '', ...words] = line.split(' ');
      const outer = find(commands, name);
      const command = find(outer?.commands ?? [], words[0] ?? '') ?? outer;
      expect(command, line).toBeDefined();
      const flags = command!.options.map(option => optionTable[option].flags);
      for (const word of words.filter(one => one.startsWith('--')))
        expect(
          flags.some(known => known.split(/[ ,]+/).includes(word)),
          line,
        ).toBe(true);
    }
  });

  it('names errors that there are', () => {
    for (const [code] of text.matchAll(/\bWR_[A-Z_]+/g)) expect(Object.keys(errorTable)).toContain(code);
  });
});

describe('docs/errors.md', () => {
  const sections = page('errors.md').split(/^### /m).slice(1);
  const documented = new Map(
    sections.map(text => {
      const [heading = '', ...body] = text.split('\n');
      return [heading.trim(), body.join('\n').split(/^## /m)[0]?.trim() ?? ''] as const;
    }),
  );

  it('has every code of host/errors.ts, and no other', () => {
    expect([...documented.keys()].sort()).toEqual(Object.keys(errorTable).sort());
    expect(sections).toHaveLength(documented.size);
  });

  it.each(Object.entries(errorTable))('gives %s its exit code and a paragraph', (code, { exit }) => {
    const text = documented.get(code) ?? '';
    expect(text).toMatch(new RegExp(`^Exit ${exit}\\. \\S.{30,}`));
  });
});

it('error messages say what is there, without exclamation', () => {
  for (const [code, { message, hint }] of Object.entries(errorTable)) {
    expect(code).toMatch(/^WR_[A-Z]+(_[A-Z]+)*$/);
    expect(`${message} ${hint}`, code).not.toMatch(/!|failed to|please try/i);
    expect(hint, code).not.toBe('');
  }
});
