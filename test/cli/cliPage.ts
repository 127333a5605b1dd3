import type { Command } from '../../host/cli/command.ts';
import { type OptionName, optionOf, optionTable } from '../../host/cli/options.ts';
import { type SettingName, settingNames, settingOf } from '../../host/config/table.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

function optionRow(name: OptionName, meaning?: string): string {
  const { flags, summary, choices } = optionOf(name);
  const values = choices === undefined ? '' : ` (${choices.join(', ')})`;
  return `| \`${cell(flags)}\` | ${cell(meaning ?? summary)}${values} |`;
}

function section(entry: Command, path: readonly string[], shared: ReadonlySet<OptionName>): string {
  const title = ['windrow', ...path, entry.name].join(' ');
  const form = entry.argument === undefined ? '' : ` ${entry.argument.form}`;
  const parts = [`## ${title}`, `${entry.summary[0]?.toUpperCase()}${entry.summary.slice(1)}.`];
  if (entry.commands === undefined) parts.push(`\`${title}${form} [options]\``);
  if (entry.details !== undefined) parts.push(entry.details);
  const own = entry.options.filter(name => !shared.has(name));
  if (own.length > 0)
    parts.push(
      ['| option | |', '|---|---|', ...own.map(name => optionRow(name, entry.meanings?.[name]))].join('\n'),
    );
  const usesDatabase = entry.options.some(name => optionTable[name].group === 'Database:');
  if (usesDatabase) parts.push('Also the [options of the database](#everywhere).');
  if (entry.examples.length > 0) {
    const lines = entry.examples.map(({ line, what }) => `# ${what}\n${line}`);
    parts.push(`\`\`\`sh\n${lines.join('\n\n')}\n\`\`\``);
  }
  const inner = (entry.commands ?? []).map(each => section(each, [...path, entry.name], shared));
  return [...parts, ...inner].join('\n\n');
}

/** docs/cli.md, made from the tables of commands and options. */
export function cliPage(commands: readonly Command[]): string {
  const everywhere: readonly OptionName[] = ['databaseUrl', 'dataDir', 'schema', 'config', 'debug'];
  const shared = new Set(everywhere);
  return `<!-- Made from host/cli/options.ts and host/cli/commands by test/cli/pages.test.ts (vitest -u); do not edit. -->

# Commands

Results go to stdout, progress and remarks to stderr. With \`--json\` a command prints one object per line, each with a
\`kind\`. After an \`error\`, which is the last, stdout has nothing more; what a command did as a whole is its \`report\`.

| exit code | |
|---|---|
| 0 | done |
| 1 | done in part: some partitions or symbols failed, lines were rejected, or a check found a difference |
| 2 | wrong use or bad input |
| 3 | environment: database, disk, rights |
| 130 | interrupted; nothing is half done, the same command continues |

The first Ctrl-C stops cleanly, the second at once. Colours and the live bar appear on a terminal only; \`NO_COLOR\`
turns colours off.

## Everywhere

| option | |
|---|---|
${everywhere.map(name => optionRow(name)).join('\n')}

${commands.map(entry => section(entry, [], shared)).join('\n\n')}
`;
}

/** A setting's row in docs/configuration.md. */
export function settingRow(name: SettingName): string {
  const { key, summary, flag, env, fallback, otherwise } = settingOf(name);
  const ways = [flag, env].flatMap(way => (way === undefined ? [] : [`\`${way}\``])).join(', ');
  const rest = otherwise ?? `\`${String(fallback?.())}\``;
  return `| \`${key}\` | ${ways} | ${rest} | ${summary} |`;
}

export const settingRows = (): string[] => settingNames.map(settingRow);
