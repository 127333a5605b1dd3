import { sets } from '../../host/catalog/catalog.ts';
import { toText } from '../../host/catalog/expr.ts';
import type { Param } from '../../host/catalog/operators/types.ts';
import { type Operator, operators } from '../../host/catalog/operators.ts';
import type { FeatureSet } from '../../host/catalog/set.ts';
import { forms } from '../../host/catalog/text/forms.ts';
import { signature } from '../../host/catalog/text/parse.ts';
import { wordsOf } from '../../host/catalog/words.ts';
import { code, notice, row } from './markdown.ts';

// docs/vocabulary.md: operators and words of formulas, derived from their declarations.

function rangeText({ name, min, max, integer, oneOf }: Param): string {
  if (oneOf) return `${code(name)} is one of ${oneOf.map(code).join(', ')}`;
  if (min === undefined && max === undefined) return `${code(name)}: any number`;
  const numbers = integer ? 'whole numbers' : 'numbers';
  return `${code(name)}: ${numbers} from ${min ?? 'any'} to ${max ?? 'any'}`;
}

function operatorText(operator: Operator): string {
  const { args, params = [], infix, summary, nulls } = operator;
  const form = infix ? `${args[0]} ${infix} ${args[1]}` : signature(operator);
  return row([code(form), summary, params.map(rangeText).join('; '), nulls ?? '']);
}

const operatorsText = (): string =>
  [
    row(['operator', 'a row is', 'parameters', 'NULL where']),
    row(['---', '---', '---', '---']),
    ...operators.map(operatorText),
    ...forms.map(({ form, summary, nulls }) => row([code(form), summary, '', nulls ?? ''])),
  ].join('\n');

function wordsText(set: FeatureSet): string {
  const words = wordsOf(set);
  const parts = words.names().flatMap(name => {
    const expr = words.get(name);
    return expr?.kind === 'named' ? [`- ${code(`${name} = ${toText(expr.body)}`)}`] : [];
  });
  return [
    `### Set \`${set.name}\``,
    '',
    `Columns: ${set.bars.columns.map(code).join(', ')}; ${code('time')} is the bar's start in microseconds since 1970.`,
    '',
    ...set.parameters.map(({ name, description }) => `- ${code(`$${name}`)}: ${description}`),
    ...parts,
    '',
  ].join('\n');
}

/** The text of docs/vocabulary.md. */
export function vocabularyPage(): string {
  return `${notice}

# Vocabulary

What formulas are made of: those of the [features](features.md) and [your own](custom-features.md).

## Operators

A result is also NULL where anything that it reads is, but for the operators whose last column says "only" or "nowhere": they
step over NULLs.

${operatorsText()}

## Words

Beside these, every feature with its family: \`moving_averages.w20_sma_idx\`.

${sets.map(wordsText).join('\n')}`;
}
