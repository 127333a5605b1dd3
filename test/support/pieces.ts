import type { BarColumn } from '../../host/catalog/bars.ts';
import { setByName } from '../../host/catalog/catalog.ts';
import type { LockOptions } from '../../host/store/locks.ts';
import { type BarsPiece, type FeedPieces, writeManyBars } from '../../host/store/manyBars.ts';
import { monthOf } from '../../host/store/month.ts';
import { type Cell, encodeCopy } from './copyBytes.ts';

/** Bars of a symbol as rows of time, then a value by column; null stands for NULL. */
export type PieceRow = readonly [time: number, ...values: (number | null)[]];

/** Rows of one symbol and month as a piece. */
export const piece = (
  symbol: string,
  rows: readonly PieceRow[],
  columns: readonly BarColumn[] = ['close', 'volume'],
): BarsPiece => ({
  symbol,
  month: monthOf(rows[0]![0]),
  bars: {
    time: Float64Array.from(rows, ([time]) => time),
    columns: Object.fromEntries(
      columns.map((name, i) => [name, Float64Array.from(rows, row => row[i + 1] ?? Number.NaN)]),
    ),
  },
});

/** Feeds pieces as tuples that are encoded the obvious way. */
export const feeding =
  (origin = 'import'): FeedPieces =>
  (pieces, columns, write) => {
    const rows = pieces.flatMap(({ symbol, bars }) =>
      Array.from(bars.time, (time, row): Cell[] => {
        const values = columns.map(name => bars.columns[name]![row]!);
        const cells = values.map(value => (Number.isNaN(value) ? null : value));
        return [{ time }, ...cells, { text: symbol }, { text: origin }];
      }),
    );
    return write(encodeCopy(rows));
  };

export const dailyBars = setByName('stocks-daily').bars;

/** Writes pieces as daily bars of stocks. */
export const writePieces = (
  client: Parameters<typeof writeManyBars>[0],
  pieces: readonly BarsPiece[],
  options: LockOptions & {
    readonly schema?: string;
    readonly origin?: string;
    readonly feed?: FeedPieces;
  } = {},
): ReturnType<typeof writeManyBars> => {
  const { schema, origin, feed = feeding(origin) } = options;
  return writeManyBars(client, pieces, { bars: dailyBars, schema, origin }, feed, options);
};
