import type { Bars } from '../catalog/bars.ts';
import { type CatalogFeature, featureByName, featuresOf, setByName } from '../catalog/catalog.ts';
import type { Model } from '../catalog/family.ts';
import { besideOf, sideParameter } from '../catalog/roles.ts';
import { defaultSet, type FeatureSet, type SetConfig } from '../catalog/set.ts';
import { compute, type Features } from './compute.ts';
import { fitSeries } from './fits.ts';
import { Arena, loadModule } from './module.ts';
import { peerPrograms } from './peers.ts';
import { type Plan, plan, planOptionsOf } from './plan.ts';
import type { Parameters } from './session.ts';
import { FeatureStream, type PeerStream } from './stream.ts';

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

/** Plans and runs features. One engine serves any number of computations and streams, one after the other or mixed. */
export class Engine {
  readonly set: FeatureSet;
  readonly #module: WebAssembly.Module;

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
    return planFeatures(this.set, resolveFeatures(this.set, features));
  }

  /** Features of bars in memory, one column each. */
  async compute(
    bars: Bars,
    features: readonly string[] | 'all',
    options: Omit<ComputeOptions, 'set' | 'setConfig'> = {},
  ): Promise<Features> {
    const parameters = resolveParameters(this.set, options.symbol ?? '', options.parameters ?? {}, bars);
    return compute(this.plan(features), bars, parameters, {
      firstRow: options.firstRow ?? 0,
      peers: { ...(options.symbol === undefined ? {} : { [options.symbol]: bars }), ...options.peers },
      besideOf: besideOf(this.set, options.symbol ?? ''),
      parametersOf: (symbol, own) =>
        symbol === options.symbol && !options.peers?.[symbol]
          ? parameters
          : resolveParameters(this.set, symbol, options.peerParameters?.[symbol] ?? {}, own),
      module: this.#module,
    });
  }

  /** A stream that takes one bar at a time. Parameters taken from bars elsewhere, such as the baseline, must be given. */
  async open(
    features: readonly string[] | 'all',
    options: Pick<ComputeOptions, 'symbol' | 'parameters' | 'peerParameters'> = {},
  ): Promise<FeatureStream> {
    const { symbol = '', peerParameters = {} } = options;
    const parameters = resolveParameters(this.set, symbol, options.parameters ?? {});
    const plan = this.plan(features);
    const peers: PeerStream[] = [];
    for (const program of peerPrograms(plan, besideOf(this.set, symbol))) {
      const own = program.symbol === symbol;
      const given = own
        ? parameters
        : resolveParameters(this.set, program.symbol, peerParameters[program.symbol] ?? {});
      // of the own symbol none may be missing, of others those that have no bars
      const lacks = own
        ? undefined
        : program.plan.parameters.find(name => name !== sideParameter && given[name] === undefined);
      const open = async (): Promise<FeatureStream> =>
        new FeatureStream(await Arena.create(this.#module), program.plan, { ...given, side: program.side });
      peers.push({ ...program, own, stream: lacks === undefined ? await open() : lacks });
    }
    return new FeatureStream(await Arena.create(this.#module), plan, parameters, peers);
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
