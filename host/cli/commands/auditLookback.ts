import type { LookbackFinding, LookbackOfFeature } from '../../backfill/auditLookback.ts';
import { command, type ExitCode } from '../command.ts';
import { count, counted, duration } from '../format.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { backfillChoice, monthRanges, withSelection } from '../selection.ts';

const mostShown = 20;

/** Of all symbols and months the most that a feature took. */
function longest(all: readonly LookbackOfFeature[]): LookbackOfFeature[] {
  return [...Map.groupBy(all, ({ feature }) => feature).values()].map(same => {
    const known = same.flatMap(({ agreesFrom }) => (agreesFrom === undefined ? [] : [agreesFrom]));
    return { ...same[0]!, agreesFrom: known.length === 0 ? undefined : Math.max(...known) };
  });
}

const barsText = (numbers: readonly number[]): string => {
  if (numbers.length === 0) return '-';
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? count(most) : `${count(least)} to ${count(most)}`;
};

const agreed = (features: readonly LookbackOfFeature[]): number[] =>
  features.flatMap(({ agreesFrom }) => (agreesFrom === undefined ? [] : [agreesFrom]));

async function print(output: Output, all: readonly LookbackOfFeature[], each: boolean): Promise<void> {
  const { printTable } = await import('../table.ts');
  const features = longest(all);
  if (each) {
    printTable(output, {
      head: ['feature', 'lookback', 'agrees from'],
      rows: features.map(({ feature, lookback, agreesFrom }) => [
        ...[feature, count(lookback), agreesFrom === undefined ? '-' : count(agreesFrom)],
      ]),
      right: [1, 2],
    });
  } else {
    printTable(output, {
      head: ['family', 'features', 'lookback', 'agree from', 'NULL'],
      rows: [...Map.groupBy(features, ({ family }) => family)].map(([family, own]) => {
        const unknown = own.filter(({ agreesFrom }) => agreesFrom === undefined).length;
        const lookbacks = barsText(own.map(({ lookback }) => lookback));
        return [family, count(own.length), lookbacks, barsText(agreed(own)), unknown ? count(unknown) : ''];
      }),
      right: [1, 2, 3, 4],
    });
  }
  output.line();
}

const findingText = ({ symbol, feature, time, lookback, bars, ...values }: LookbackFinding): string => {
  const at = new Date(time / 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${symbol} ${at} ${feature}, lookback ${count(lookback)}: ${values.fromBars} from ${counted(bars, 'bar')}, ${values.fromBeginning} from all`;
};

export const lookback = command({
  name: 'lookback',
  summary: 'show on your bars that no feature looks back further than it says',
  details:
    'Computes some rows of every month from the very first bar on, as a process that never stops would, and again from the last bars alone. With the bars of its lookback a feature must have the same bits; the table says with how few it had them already, of the numbers that were tried. Bars of other pairs begin where those of the row do, and before that there are as many as each series of theirs says that it looks back. Reads all bars of a pair, and of those that it is computed beside, from the first on, so name a few months. Nothing is written. Exit code 1: a value was another.',
  options: ['set', ...rangeOptions, 'months', 'source', 'cuts', 'all', 'json', ...databaseOptions],
  meanings: { cuts: 'rows of a month to try (default: 3)', all: 'a line for each feature' },
  examples: [
    { line: 'windrow audit lookback --pairs eurusd --months 2024-07', what: 'one month of one pair' },
    {
      line: 'windrow audit lookback --pairs eurusd --months 2024-07 --family technical_rate --all',
      what: 'each feature of a family',
    },
  ],
  run: context =>
    withSelection<ExitCode>(context, async (database, values) => {
      const { flags, output, signal } = context;
      const { auditLookback } = await import('../../backfill/auditLookback.ts');
      const start = performance.now();
      const total = { rows: 0, cells: 0 };
      const features: LookbackOfFeature[] = [];
      const findings: LookbackFinding[] = [];
      for (const range of monthRanges(flags)) {
        const report = await auditLookback({
          ...{ database, ...backfillChoice(values, range), cuts: flags.cuts, signal },
          onFamily: ({ symbol, month, family }) => {
            if (!output.json) output.note(`${symbol} ${month} ${family}`);
          },
        });
        total.rows += report.rows;
        total.cells += report.cells;
        features.push(...report.features);
        findings.push(...report.findings);
      }
      const tookMs = performance.now() - start;
      const exitCode = findings.length > 0 ? 1 : 0;
      if (output.json) {
        for (const each of features)
          output.object({ kind: 'feature', ...each, agreesFrom: each.agreesFrom ?? null });
        for (const each of findings)
          output.object({ kind: 'finding', ...each, time: new Date(each.time / 1000).toISOString() });
        output.object({ kind: 'report', ...total, findings: findings.length, tookMs });
        return exitCode;
      }
      await print(output, features, flags.all ?? false);
      for (const finding of findings.slice(0, mostShown)) output.line(findingText(finding));
      if (findings.length > mostShown) output.line(`and ${count(findings.length - mostShown)} more`);
      const result =
        findings.length === 0
          ? 'none looks back further than it says'
          : `${counted(findings.length, 'value')} changed`;
      output.line(
        `${counted(total.rows, 'row')}, ${counted(total.cells, 'value')} compared: ${result} (${duration(tookMs)})`,
      );
      return exitCode;
    }),
});
