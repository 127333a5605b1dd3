import type { Bars } from '../catalog/bars.ts';
import type { BarsWritten } from '../store/bars.ts';
import type { Month } from '../store/month.ts';

export type MonthOfBars = { readonly symbol: string; readonly month: Month; readonly bars: Bars };

export type LoadOptions<B> = {
  /** The set whose bars they are; default `fx`. Columns that its bars do not have are left out. */
  readonly set?: string | undefined;
  /** Schema of the set's table of bars; default `public`. */
  readonly schema?: string | undefined;
  /** What the column `source` of the table says, where it has one; default `import`. */
  readonly origin?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Transactions at the same time, each over its own connection. Batches of one symbol keep their order. */
  readonly connections?: number;
  /** A server that neither takes nor sends a byte for so long is given up; default 300 s. Locks are waited for without limit. */
  readonly serverTimeoutMs?: number | undefined;
  readonly onWritten?: (batch: B, written: BarsWritten) => void;
  /** Somebody else writes what is to be written. */
  readonly onWait?: (batch: B, holder: string) => void;
};
