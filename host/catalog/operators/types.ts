import type { Builder, Ref } from '../lowering.ts';

/** A number or a word that fixes an operator, for example a window. */
export type Param = {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  readonly integer?: true;
  readonly powerOfTwo?: true;
  readonly oneOf?: readonly string[];
};

/** One word of the vocabulary. */
export type Operator = {
  readonly name: string;
  /** Names of the series it takes. */
  readonly args: readonly string[];
  /** Takes any number of series more, before its parameters. */
  readonly more?: true;
  readonly params?: readonly Param[];
  /** Written between its two series. */
  readonly infix?: '+' | '-' | '*' | '/';
  /** One sentence: what a row of the result is. */
  readonly summary: string;
  /** When the result is NULL although every row it reads is there. */
  readonly nulls?: string;
  /** Where a row that it reads is NULL it may still have a value: it is NULL only where `nulls` says. */
  readonly forgiving?: true;
  /** Tables and constants that the operator brings along and that its text does not show: part of a family's version. */
  readonly basis?: (params: readonly (number | string)[]) => string;
  /** What is wrong with parameters that are each in their range, or with so many series; undefined where they go together. */
  readonly fault?: (params: readonly (number | string)[], series: number) => string | undefined;
  readonly lower: (b: Builder, args: readonly Ref[], params: readonly (number | string)[]) => Ref;
};

/** The longest window; it bounds how far back any one operator reads. */
export const maxWindow = 65_536;

export const windowParam: Param = { name: 'window', min: 1, max: maxWindow, integer: true };
