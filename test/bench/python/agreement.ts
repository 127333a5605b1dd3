import type pg from 'pg';
import { qualify, quote } from '../../../host/store/identifiers.ts';
import type { PartitionedTable } from '../../../host/store/tables.ts';
import { mustEqual } from '../figure.ts';

type Allowed = {
  /** Difference over the largest absolute value of the column. */
  readonly difference: number;
  /** Share of rows that may differ by more. */
  readonly rows: number;
};

/**
 * Sums that slide have fewer digits than ours, and fourth powers of values that are not near their mean fewest. What
 * counts rises and falls takes a last digit that is off where nothing has changed for one of them, in as many rows as
 * the window has; and a deviation of 0 for one that can be divided by.
 */
const allowed: readonly (readonly [RegExp, Allowed])[] = [
  [/_kurt$/, { difference: 1e-4, rows: 0 }],
  [/_(uptick|downtick|cumulative_delta|vol_imbalance)_/, { difference: 1e-6, rows: 0.02 }],
  [/_(vol_momentum_div|vol_spike)_/, { difference: 1e-6, rows: 1e-4 }],
  [/./, { difference: 1e-6, rows: 0 }],
];

/** Throws where two schemas hold different values, or NULL in different places. Returns the rows of a table. */
export async function checkAgreement(
  client: pg.Client,
  tables: readonly PartitionedTable[],
  ours: string,
  theirs: string,
): Promise<number> {
  let rows = 0;
  for (const table of tables) {
    const [a, b] = [qualify(ours, table.name), qualify(theirs, table.name)];
    const columns = table.columns.map(name => ({
      name,
      ...allowed.find(([pattern]) => pattern.test(name))![1],
    }));
    const most = columns.map(({ name }) => `max(abs(${quote(name)}))`);
    const { rows: scales } = await client.query<number[]>({
      text: `select ${most.join(', ')} from ${a}`,
      rowMode: 'array',
    });
    const wrong = columns.map(({ name, difference }, i) => {
      const [x, y] = [`a.${quote(name)}`, `b.${quote(name)}`];
      const within = `coalesce(abs(${x} - ${y}) <= ${difference * scales[0]![i]!}, ${x} is null and ${y} is null)`;
      return `count(*) filter (where not ${within})::int`;
    });
    const key = [table.timeColumn, table.symbolColumn].map(quote);
    const { rows: counts } = await client.query<number[]>({
      text: `select count(a.${key[0]})::int, count(b.${key[0]})::int, count(*)::int, ${wrong.join(', ')}
             from ${a} a full join ${b} b using (${key.join(', ')})`,
      rowMode: 'array',
    });
    const [own, other, both, ...differing] = counts[0]!;
    mustEqual(`rows of ${b}`, other, own);
    mustEqual(`rows of ${a} and ${b} together`, both, own);
    for (const [i, { name, rows: share }] of columns.entries()) {
      if (!(differing[i]! <= share * own!))
        throw new Error(`${theirs}.${table.name}.${name} differs in ${differing[i]} of ${own} rows`);
    }
    rows = own!;
  }
  return rows;
}
