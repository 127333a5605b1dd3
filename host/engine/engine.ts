import type { Bars } from '../catalog/bars.ts';
import { type CatalogFeature, featureByName, featuresOf, setByName } from '../catalog/catalog.ts';
import type { Model } from '../catalog/family.ts';
import { besideOf, sideParameter } from '../catalog/roles.ts';
import { defaultSet, type FeatureSet, type SetConfig } from '../catalog/set.ts';
import type { PeerSource } from './beside.ts';
import { compute, type Features } from './compute.ts';
import { fitSeries } from './fits.ts';
import { Arena, loadModule } from './module.ts';
import { peerPrograms } from './peers.ts';
import { type Plan, plan, planOptionsOf } from './plan.ts';
import type { Parameters } from './session.ts';
import { FeatureStream, type History } from './stream.ts';

export type ComputeOptions = {
  /** The set that names the features; default `fx`. */
  readonly set?: string;
  /** Symbol of the bars, for what follows from it: the pip, and which other symbols are meant by a role. */
  readonly symbol?: string;
  /**
   * Numbers that belong to the symbol, for example `{ baseline: 1.0714 }`. A stored backfill fixes them once; here, what
   * is left out is taken from the bars by the same rule.
   */
  readonly parameters?: Parameters;
  /** Rows before this one serve as history only. */
  readonly firstRow?: number;
  /**
   * Bars of the other symbols that features read, by symbol; without them those features are NULL. They begin as far
   * before the own ones as the series that are read look back.
   */
  readonly peers?: Readonly<Record<string, Bars>>;
  /** As `parameters`, of the other symbols. */
  readonly peerParameters?: Readonly<Record<string, Parameters>>;
  /** Options of the set, and features to switch off. */
  readonly setConfig?: SetConfig;
};

export type StreamOptions = Pick<ComputeOptions, 'symbol' | 'parameters' | 'peerParameters'> & {
  /**
   * `complete`: the first bar is the symbol's first. `cut`, the default: bars came before it that the stream does not have,
   * and each feature is NULL until none of them can matter to it.
   */
  readonly history?: History;
};

/** The features named `family.feature`, or all of the set. */
export function resolveFeatures(set: FeatureSet, names: readonly string[] | 'all'): CatalogFeature[] {
  return names === 'all' ? featuresOf(set) : names.map(name => featureByName(set, name));
}

/** With `models`, their outputs too: see `FitReader`. */
export const planFeatures = (
  set: FeatureSet,
  features: readonly CatalogFeature[],
  models: readonly Model[] = [],
): Plan =>
  plan(
    features.map(({ qualifiedName, expr }) => ({ name: qualifiedName, expr })),
    planOptionsOf(set),
    fitSeries(models),
  );

/** The symbol's parameters: those given, else by the set's rule from the symbol and its bars. */
export function resolveParameters(
  set: FeatureSet,
  symbol: string,
  given: Parameters,
  bars?: Bars,
): Parameters {
  const resolved: Record<string, number> = { ...given };
  for (const { name, from } of set.parameters) {
    if (resolved[name] !== undefined) continue;
    if (from.kind === 'symbol') resolved[name] = from.value(symbol);
    else if (bars?.columns.close) {
      const { close } = bars.columns;
      const usable = (row: number): boolean => close[row]! > 0 && close[row]! < Number.POSITIVE_INFINITY;
      const row = bars.time.findIndex((time, row) => time >= from.atOrAfter && usable(row));
      resolved[name] = close[row] ?? close.find((_, row) => usable(row)) ?? Number.NaN;
    }
  }
  return resolved;
}

/** Memory that an engine keeps between computations; one that took more gives it back. */
const keptBytes = 64 << 20;

/** Plans and runs features. One engine serves any number of computations and streams, one after the other or mixed. */
export class Engine {
  readonly set: FeatureSet;
  readonly #module: WebAssembly.Module;
  /** A service asks for the same features again and again, and a plan takes longer than some hundred rows. */
  #last: { readonly features: string; readonly plan: Plan } | undefined;
  /** Where bars in memory are computed. Making an instance takes longer than some hundred rows, too. */
  #arena: Arena | undefined;

  private constructor(set: FeatureSet, module: WebAssembly.Module) {
    this.set = set;
    this.#module = module;
  }

  static async create(
    options: { readonly set?: string; readonly setConfig?: SetConfig } = {},
  ): Promise<Engine> {
    return new Engine(setByName(options.set ?? defaultSet, options.setConfig), await loadModule());
  }

  /** How the features are computed: shared planes, order, lookback. */
  plan(features: readonly string[] | 'all'): Plan {
    const key = String(features);
    if (this.#last?.features !== key)
      this.#last = { features: key, plan: planFeatures(this.set, resolveFeatures(this.set, features)) };
    return this.#last.plan;
  }

  /** Features of bars in memory, one column each. */
  async compute(
    bars: Bars,
    features: readonly string[] | 'all',
    options: Omit<ComputeOptions, 'set' | 'setConfig'> = {},
  ): Promise<Features> {
    const parameters = resolveParameters(this.set, options.symbol ?? '', options.parameters ?? {}, bars);
    const arena = this.#arena ?? (await Arena.create(this.#module));
    // an error leaves behind what was laid out, so only an arena that came to the end is used again
    this.#arena = undefined;
    const computed = await compute(this.plan(features), bars, parameters, {
      firstRow: options.firstRow ?? 0,
      peers: { ...(options.symbol === undefined ? {} : { [options.symbol]: bars }), ...options.peers },
      besideOf: besideOf(this.set, options.symbol ?? ''),
      parametersOf: (symbol, own) =>
        symbol === options.symbol && !options.peers?.[symbol]
          ? parameters
          : resolveParameters(this.set, symbol, options.peerParameters?.[symbol] ?? {}, own),
      arena,
    });
    if (arena.memory.buffer.byteLength <= keptBytes) this.#arena = arena;
    return computed;
  }

  /** A stream that takes one bar at a time. Parameters taken from bars elsewhere, such as the baseline, must be given. */
  async open(features: readonly string[] | 'all', options: StreamOptions = {}): Promise<FeatureStream> {
    const [stream] = await this.openAll(features, [options]);
    return stream!;
  }

  /** Streams of several symbols that share plan and memory, which is given back when none of them is used any more. */
  async openAll(
    features: readonly string[] | 'all',
    symbols: readonly StreamOptions[],
  ): Promise<FeatureStream[]> {
    const plan = this.plan(features);
    const arena = await Arena.create(this.#module);
    return symbols.map(options => {
      const { symbol = '', history = 'cut' } = options;
      const parameters = resolveParameters(this.set, symbol, options.parameters ?? {});
      const peers = peerPrograms(plan, besideOf(this.set, symbol)).map((program): PeerSource => {
        if (program.symbol === symbol) return { ...program, own: true, parameters };
        const given = options.peerParameters?.[program.symbol] ?? {};
        const resolved = resolveParameters(this.set, program.symbol, given);
        // those that have no bars need none
        const lacks = program.plan.parameters.find(
          name => name !== sideParameter && resolved[name] === undefined,
        );
        return { ...program, own: false, parameters: lacks ?? resolved };
      });
      return new FeatureStream(arena, plan, parameters, { peers, history });
    });
  }
}

/**
 * Features of bars in memory, without any database: typed arrays in, typed arrays out.
 *
 * @param features names as `family.feature`, or `'all'` of the set
 * @returns one column per feature, NaN for NULL
 */
export async function computeFeatures(
  bars: Bars,
  features: readonly string[] | 'all',
  options: ComputeOptions = {},
): Promise<Features> {
  const { set, setConfig } = options;
  const engine = await Engine.create({ ...(set && { set }), ...(setConfig && { setConfig }) });
  return engine.compute(bars, features, options);
}
