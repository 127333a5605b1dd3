import type { ResolvedSettings } from '../config/settings.ts';
import type { Flags, OptionName } from './options.ts';
import type { Output } from './output.ts';

/** 0 done, 1 some partitions failed, 2 wrong use, 3 environment, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** What a command is given when it runs. */
export type Context<O extends OptionName = OptionName> = {
  readonly args: readonly string[];
  readonly flags: Pick<Flags, O>;
  /** Reads configuration, environment and flags at the first call. */
  readonly settings: () => Promise<ResolvedSettings>;
  readonly output: Output;
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal;
};

export type Example = { readonly line: string; readonly what: string };

/** A command as data. `run` imports what it needs when it runs, so that help starts fast. */
export type Command = {
  readonly name: string;
  readonly summary: string;
  /** Paragraph for the command's own help. */
  readonly details?: string;
  readonly argument?: { readonly form: string; readonly summary: string };
  readonly options: readonly OptionName[];
  /** What an option means here, where that is not what it means elsewhere. */
  readonly meanings?: Readonly<Partial<Record<OptionName, string>>>;
  readonly examples: readonly Example[];
  readonly commands?: readonly Command[];
  /** Ctrl-C belongs to a program that the command runs. */
  readonly leavesInterrupt?: true;
  readonly run?: (context: Context) => Promise<ExitCode | undefined>;
};

type CommandOf<O extends OptionName> = Omit<Command, 'options' | 'run'> & {
  readonly options: readonly O[];
  readonly run: (context: Context<O>) => Promise<ExitCode | undefined>;
};

/** Declares a command; `run` sees the flags that `options` names, and no others. */
export const command = <const O extends OptionName>(entry: CommandOf<O>): Command => entry as Command;
