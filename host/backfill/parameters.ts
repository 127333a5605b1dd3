import type pg from 'pg';
import type { FeatureSet } from '../catalog/set.ts';
import type { Parameters } from '../engine/session.ts';
import { WindrowError } from '../errors.ts';
import { fixParameter, type Parameter, readParameters } from '../store/parameters.ts';
import type { BarSource } from '../store/sources.ts';

/** Values that the user has configured, by parameter and symbol: `{ baseline: { eurusd: 1.0737 } }`. */
export type ConfiguredParameters = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * The parameters of each symbol. One that is stored holds for good; else it is the configured value, else it follows
 * the set's rule, and with `write` it is stored from now on.
 */
export async function symbolParameters(
  client: pg.Client,
  set: FeatureSet,
  source: BarSource,
  symbols: readonly string[],
  options: {
    readonly configured?: ConfiguredParameters | undefined;
    readonly write: boolean;
    readonly ledger: boolean;
    /** Whether a symbol may be without a value: other symbols are, where they have no bars. */
    readonly lenient?: boolean;
  },
): Promise<ReadonlyMap<string, Parameters>> {
  const stored = options.ledger ? await readParameters(client, set.name, symbols) : [];
  const result = new Map<string, Parameters>();
  const fix = async (parameter: Parameter): Promise<number> =>
    options.write ? fixParameter(client, parameter) : parameter.value;
  for (const symbol of symbols) {
    const values: Record<string, number> = {};
    for (const { name, from } of set.parameters) {
      const known = stored.find(entry => entry.symbol === symbol && entry.parameter === name);
      const configured = options.configured?.[name]?.[symbol];
      if (known) values[name] = known.value;
      else if (configured !== undefined || from.kind === 'symbol') {
        const value = configured ?? (from.kind === 'symbol' ? from.value(symbol) : Number.NaN);
        values[name] = await fix({ set: set.name, symbol, parameter: name, value });
      } else {
        const bar =
          !source.symbols.includes(symbol) && options.lenient
            ? undefined
            : ((await source.firstCloseAtOrAfter(client, symbol, from.atOrAfter)) ??
              (await source.firstCloseAtOrAfter(client, symbol, Number.NEGATIVE_INFINITY)));
        if (!bar && options.lenient) {
          values[name] = Number.NaN;
          continue;
        }
        if (!bar) throw new WindrowError('WR_PARAMETER_MISSING', { parameter: name, of: ` of ${symbol}` });
        const parameter = { set: set.name, symbol, parameter: name, value: bar.close, sourceTime: bar.time };
        values[name] = await fix(parameter);
      }
    }
    result.set(symbol, values);
  }
  return result;
}

/** Sentences on configured values that do not count, because another one was stored when the symbol was new. */
export function overruledNotes(
  configured: ConfiguredParameters,
  inForce: ReadonlyMap<string, Parameters>,
): string[] {
  return Object.entries(configured).flatMap(([name, values]) =>
    Object.entries(values).flatMap(([symbol, value]) => {
      const holds = inForce.get(symbol)?.[name];
      if (holds === undefined || holds === value) return [];
      return [
        `${symbol}: ${name} is ${holds}, stored when the symbol was first backfilled, not ${value} as configured`,
      ];
    }),
  );
}
