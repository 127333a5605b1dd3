import type { Figure, Measured } from './figure.ts';

/** A benchmark: figures alone, or with more to say. */
type Bench = {
  readonly title: string;
  readonly run: () => Promise<readonly Figure[] | Measured>;
  /** Whether it runs only when it is asked for by its name. */
  readonly isApart?: true;
};

/** Every benchmark by its name, in the order in which they run and stand in docs/benchmarks.md. */
export const benches: Readonly<Record<string, Bench>> = {
  backfill: {
    title: 'A backfill against its floor',
    run: async () => (await import('./backfill.ts')).benchBackfill(),
  },
  python: {
    title: 'A backfill against pandas and psycopg2',
    run: async () => (await import('./python.ts')).benchPython(),
  },
  engine: {
    title: 'Computing and encoding, by family',
    run: async () => (await import('./engine.ts')).benchEngine(),
  },
  windows: {
    title: 'What a longer window costs',
    run: async () => (await import('./windows.ts')).benchWindows(),
  },
  import: {
    title: 'Import against psql',
    run: async () => (await import('./import.ts')).benchImport(),
  },
  memory: {
    title: 'Memory of a backfill',
    run: async () => (await import('./memory.ts')).benchMemory(),
  },
  start: {
    title: 'Until something runs',
    run: async () => (await import('./start.ts')).benchStart(),
  },
  update: {
    title: 'Sets that are kept row by row',
    run: async () => (await import('./update.ts')).benchUpdate(),
  },
  stream: {
    title: 'One bar at a time',
    run: async () => (await import('./stream.ts')).benchStream(),
  },
  growth: {
    title: 'Cost a cell as things grow',
    run: async () => (await import('./growth.ts')).benchGrowth(),
  },
  gate: {
    title: 'Nothing has become much slower',
    run: async () => (await import('./gate.ts')).benchGate(),
  },
  counters: {
    title: 'Instructions of the machine',
    run: async () => (await import('./counters.ts')).benchCounters(),
    isApart: true,
  },
  libraries: {
    title: 'Operators against other libraries',
    run: async () => (await import('./libraries.ts')).benchLibraries(),
  },
};

/** Those that run when none is named. */
export const ofAll: readonly string[] = Object.keys(benches).filter(name => !benches[name]!.isApart);

/** What a benchmark came to; one that fails does not keep the others from running. */
export type Outcome = Measured & {
  readonly bench: string;
  readonly title: string;
  readonly seconds: number;
  readonly error?: string;
};

export async function runBench(bench: string): Promise<Outcome> {
  const { title, run } = benches[bench]!;
  const start = performance.now();
  const after = () => ({ bench, title, seconds: (performance.now() - start) / 1000 });
  try {
    const found = await run();
    const measured: Measured = 'figures' in found ? found : { figures: found };
    return { ...measured, ...after() };
  } catch (cause) {
    return { figures: [], error: cause instanceof Error ? cause.message : String(cause), ...after() };
  }
}
