import type { BarColumn, Bars } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { Arena } from './module.ts';
import { asOfMicros, type BesideOf, layBeside, peerPrograms } from './peers.ts';
import type { Plan } from './plan.ts';
import { type Parameters, Session } from './session.ts';

/** Features as columns, one row per bar asked for; NaN stands for NULL. */
export type Features = {
  readonly time: Float64Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
};

/** Checks that a time can be a bar's: milliseconds and seconds still pass, nanoseconds and fractions do not. */
export function checkTime(time: number, row: number): void {
  if (!Number.isSafeInteger(time)) throw new WindrowError('WR_COPY_TIME', { row, found: time });
}

/** Checks that the bars are columns of equal length in ascending time. */
export function checkBars(bars: Bars): void {
  const rows = bars.time.length;
  for (const [column, values] of Object.entries(bars.columns))
    if (values && values.length !== rows)
      throw new WindrowError('WR_COLUMN_MISSING', { column, found: values.length, expected: rows });
  for (let i = 0; i < rows; i++) {
    checkTime(bars.time[i]!, i);
    if (i > 0 && !(bars.time[i]! > bars.time[i - 1]!)) throw new WindrowError('WR_TIME_ORDER', { row: i });
  }
}

/** Copies bars into an arena and returns where each column begins. */
export function copyBars(
  arena: Arena,
  bars: Bars,
  wanted: readonly (BarColumn | 'time')[],
): Partial<Record<BarColumn | 'time', number>> {
  const addresses: Partial<Record<BarColumn | 'time', number>> = {};
  for (const name of wanted) {
    const values = name === 'time' ? bars.time : bars.columns[name];
    if (!values) continue;
    const address = arena.allocate(values.length * 8);
    arena.f64(address, values.length).set(values);
    addresses[name] = address;
  }
  return addresses;
}

export type ComputeSettings = {
  /** Rows before this one serve as history only. */
  readonly firstRow?: number;
  /** Bars of the other symbols that features read, by symbol; without them those features are NULL. */
  readonly peers?: Readonly<Record<string, Bars>> | undefined;
  /** Who is meant by the names of other symbols; by default the symbol of that name. */
  readonly besideOf?: BesideOf;
  /** The parameters of another symbol. */
  readonly parametersOf?: (symbol: string, bars: Bars) => Parameters;
  /** Where to compute; given back as it was. By default in a new one. */
  readonly arena?: Arena;
};

const itself: BesideOf = symbol => ({ symbol, side: 1 });

/** The series of other symbols that a plan reads, computed over their bars and laid beside those at `time`. */
function peerSeries(
  arena: Arena,
  plan: Plan,
  time: { readonly address: number; readonly rows: number },
  { peers = {}, besideOf = itself, parametersOf = () => ({}) }: ComputeSettings,
): Record<string, number> {
  const series: Record<string, number> = {};
  for (const program of peerPrograms(plan, besideOf)) {
    const { symbol } = program;
    const bars = peers[symbol];
    if (!bars) continue;
    checkBars(bars);
    const read = program.plan.columns.filter(name => name !== 'time');
    const columns = copyBars(arena, bars, ['time', ...read]);
    const own = { columns, rows: bars.time.length, parameters: parametersOf(symbol, bars) };
    Object.assign(series, layBeside(arena, program, own, time, asOfMicros(plan)));
  }
  return series;
}

/** Runs a plan over bars in memory. */
export async function compute(
  plan: Plan,
  bars: Bars,
  parameters: Parameters,
  settings: ComputeSettings = {},
): Promise<Features> {
  checkBars(bars);
  const firstRow = settings.firstRow ?? 0;
  const rows = bars.time.length - firstRow;
  if (!Number.isInteger(firstRow) || firstRow < 0 || rows < 0)
    throw new WindrowError('WR_FIRST_ROW', { firstRow, rows: bars.time.length });
  const arena = settings.arena ?? (await Arena.create());
  const mark = arena.top;
  const columns = copyBars(arena, bars, ['time', ...plan.columns.filter(name => name !== 'time')]);
  const time = { address: columns.time!, rows: bars.time.length };
  const peers = plan.peers.length > 0 ? peerSeries(arena, plan, time, settings) : {};
  const results = plan.features.map(() => arena.allocate(rows * 8));
  const session = new Session(arena, plan, parameters);
  session.load({ ...columns, ...peers });
  session.firstOutput = firstRow;
  session.keep(results);
  session.run(0, bars.time.length);
  const features = {
    time: bars.time.slice(firstRow),
    columns: Object.fromEntries(
      plan.features.map(({ name }, i) => [name, arena.f64(results[i]!, rows).slice()]),
    ),
  };
  arena.release(mark);
  return features;
}
