import { Command as Commander, Option } from 'commander';
import type { ResolvedSettings } from '../config/settings.ts';
import type { SettingName } from '../config/table.ts';
import type { Command, Context, ExitCode } from './command.ts';
import { commands } from './commands/index.ts';
import { reportFailure } from './fail.ts';
import { catchInterrupt } from './interrupt.ts';
import { type Flags, type OptionName, optionOf } from './options.ts';
import { colourful, Output } from './output.ts';

/** What a run of the program ends with. */
type Outcome = { exitCode: number };

const everyCommand = ['config', 'debug'] as const;

function settingFlags(flags: Flags): Partial<Record<SettingName, unknown>> {
  const { config: _config, debug: _debug, ...rest } = flags;
  return rest as Partial<Record<SettingName, unknown>>;
}

async function runCommand(entry: Command, args: readonly string[], flags: Flags): Promise<ExitCode> {
  const output = new Output({ json: flags.json ?? false });
  const interrupt = catchInterrupt(output, entry.leavesInterrupt ?? false);
  let resolved: ResolvedSettings | undefined;
  const settings = async (): Promise<ResolvedSettings> => {
    const { resolveSettings } = await import('../config/settings.ts');
    resolved ??= resolveSettings({ flags: settingFlags(flags), file: flags.config });
    return resolved;
  };
  const context: Context = { args, flags, settings, output, signal: interrupt.signal };
  try {
    const exitCode = (await entry.run?.(context)) ?? 0;
    return interrupt.signal.aborted ? 130 : exitCode;
  } catch (error) {
    if (interrupt.signal.aborted) {
      output.note('stopped; nothing is half done, the same command continues');
      return 130;
    }
    return reportFailure(error, output, { command: `windrow ${entry.name}`, debug: flags.debug ?? false });
  } finally {
    interrupt.release();
  }
}

const examplesText = (entry: Command): string => {
  if (entry.examples.length === 0) return '';
  const width = Math.max(...entry.examples.map(example => example.line.length));
  const lines = entry.examples.map(({ line, what }) =>
    width <= 60 ? `  ${line.padEnd(width)}  ${what}` : `  ${line}\n      ${what}`,
  );
  return `\nExamples:\n${lines.join('\n')}`;
};

function optionFor(name: OptionName, meaning?: string): Option {
  const { flags, summary, choices, parse, group } = optionOf(name);
  const option = new Option(flags, meaning ?? summary).helpGroup(group);
  if (choices !== undefined) option.choices(choices);
  if (parse !== undefined) option.argParser(parse);
  // two options of different commands may have the same flag
  option.attributeName = () => name;
  return option;
}

function add(parent: Commander, entry: Command, outcome: Outcome, path = ''): void {
  const own = parent.command(entry.name).summary(entry.summary).helpCommand(false);
  own.description(entry.details === undefined ? entry.summary : `${entry.summary}\n\n${entry.details}`);
  if (entry.argument !== undefined) own.argument(entry.argument.form, entry.argument.summary);
  if (entry.commands !== undefined) {
    for (const inner of entry.commands) add(own, inner, outcome, `${path}${entry.name} `);
  } else {
    for (const name of [...entry.options, ...everyCommand])
      own.addOption(optionFor(name, entry.meanings?.[name]));
    own.action(async (...given: unknown[]) => {
      const [flags] = given.slice(-2) as [Flags];
      const args = given
        .slice(0, -2)
        .flat()
        .filter(value => value !== undefined) as string[];
      const named = { ...entry, name: `${path}${entry.name}` };
      outcome.exitCode = await runCommand(named, args, flags);
    });
  }
  own.addHelpText('after', examplesText(entry));
}

/** The program with all its commands. `outcome` receives the exit code of the command that ran. */
export function buildProgram(version: string, outcome: Outcome = { exitCode: 0 }): Commander {
  const program = new Commander('windrow')
    .description('Market bars in, machine-learning features out, in Postgres.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      sortSubcommands: false,
      subcommandTerm: inner => inner.name(),
      styleTitle: title => (colourful(process.stdout) ? `\u001b[1m${title}\u001b[22m` : title),
    });
  for (const entry of commands) add(program, entry, outcome);
  program.addHelpText('after', '\nBegin with "windrow demo"; "windrow help COMMAND" shows examples.');
  return program;
}

/** The command that a command line names, for hints: "windrow db url". */
export function commandPath(program: Commander, words: readonly string[]): string {
  let level = program;
  const path = [program.name()];
  for (const word of words) {
    const inner = level.commands.find(candidate => candidate.name() === word);
    if (inner === undefined) break;
    path.push(word);
    level = inner;
  }
  return path.join(' ');
}

/** `help`, `help backfill` and `help db url` as the flag that asks for the same; other words as they are. */
export function helpAsFlag(program: Commander, words: readonly string[]): readonly string[] {
  if (words[0] !== 'help') return words;
  let level = program;
  const path: string[] = [];
  for (const word of words.slice(1).filter(word => !word.startsWith('-'))) {
    if (level.commands.length === 0) break;
    path.push(word);
    const inner = level.commands.find(candidate => candidate.name() === word);
    // without the flag an unknown command is an error with a suggestion
    if (inner === undefined) return path;
    level = inner;
  }
  return [...path, '--help'];
}
