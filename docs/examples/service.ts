import {
  type BackfillReport,
  type BarColumn,
  type Bars,
  backfill,
  type Database,
  Engine,
  type FeatureStream,
  loadBars,
  openDatabase,
  readParameters,
} from 'windrow';

// A service that keeps features of some symbols current: after each day's collection it stores the day's bars and
// brings the tables up to date; between two collections it computes features of every bar as it comes.

/** One bar as a feed delivers it: its start in microseconds since 1970, UTC, and the columns it has. */
type LiveBar = { readonly time: number } & Readonly<Partial<Record<BarColumn, number>>>;

export type ServiceOptions = {
  /** A Postgres of your own; without it, Windrow's embedded one. */
  readonly databaseUrl?: string;
  /** Features computed live, as `family.feature`. */
  readonly liveFeatures: readonly string[];
  /** Called while a backfill runs. */
  readonly onProgress?: (done: { readonly partitions: number; readonly of: number }) => void;
};

export class FeatureService {
  readonly #options: ServiceOptions;
  readonly #database: Database;
  readonly #engine: Engine;
  readonly #streams = new Map<string, FeatureStream>();

  private constructor(options: ServiceOptions, database: Database, engine: Engine) {
    this.#options = options;
    this.#database = database;
    this.#engine = engine;
  }

  static async start(options: ServiceOptions): Promise<FeatureService> {
    const { databaseUrl } = options;
    const database = await openDatabase(databaseUrl === undefined ? {} : { databaseUrl });
    return new FeatureService(options, database, await Engine.create());
  }

  /**
   * Stores a day of bars and computes what has become missing or stale through it: the month of the day, and what
   * earlier corrections have touched. Calling it again with the same bars changes nothing.
   */
  async collected(symbol: string, day: Bars, signal?: AbortSignal): Promise<BackfillReport> {
    const month = new Date(day.time[0]! / 1000).toISOString().slice(0, 7);
    await loadBars(this.#database, [{ symbol, month, bars: day }], { signal });
    let of = 0;
    let partitions = 0;
    const report = await backfill({
      database: this.#database,
      symbols: [symbol],
      signal,
      onEvent: event => {
        if (event.kind === 'plan') of = event.partitions;
        if (event.kind === 'partition') this.#options.onProgress?.({ partitions: ++partitions, of });
      },
    });
    // failed partitions are tried again by the next call; an operator wants to know of them now
    for (const { month, family = 'all families', cause } of report.failed)
      console.error(`${symbol} ${month} ${family}: ${cause}`);
    return report;
  }

  /**
   * Features of the newest bar, by name, NaN for NULL: the bits that the next backfill will store. The first call for a
   * symbol reads as many stored bars as the features look back.
   */
  async live(symbol: string, bar: LiveBar): Promise<Record<string, number>> {
    let stream = this.#streams.get(symbol);
    if (!stream) {
      stream = await this.#openStream(symbol, bar.time);
      this.#streams.set(symbol, stream);
    }
    const row = stream.push(bar);
    return Object.fromEntries(stream.names.map((name, i) => [name, row[i]!]));
  }

  async #openStream(symbol: string, before: number): Promise<FeatureStream> {
    const client = await this.#database.connect();
    try {
      const fixed = await readParameters(client, this.#engine.set.name, [symbol]);
      const parameters = Object.fromEntries(fixed.map(({ parameter, value }) => [parameter, value]));
      const stream = await this.#engine.open(this.#options.liveFeatures, { symbol, parameters });
      const { rows } = await client.query<LiveBar>(
        `select * from (
           select *, extract(epoch from ts_utc) * 1e6::float8 as time from market_data
           where symbol = $1 and ts_utc < timestamp 'epoch' + $2 * interval '1 microsecond'
           order by ts_utc desc limit $3) last
         order by ts_utc`,
        [symbol, before, stream.lookback - 1],
      );
      for (const row of rows) stream.push({ ...row, time: Number(row.time) });
      return stream;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.#database.close();
  }
}
