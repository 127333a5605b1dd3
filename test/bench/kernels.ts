import { cpus } from 'node:os';
import { pathToFileURL } from 'node:url';
import { kernelByName } from '../../host/catalog/kernels.ts';
import { firstDifference, Kernels, type KernelUse } from '../support/kernel.ts';
import { seeded } from '../support/kernelShapes.ts';

// Cost of the kernels that do not merge blocks: nanoseconds per row in blocks of 512 and microseconds per call of one
// row (a stream). `node test/bench/kernels.ts`

const rows = 43_200; // a month of minutes
const minute = 60_000_000;
const random = seeded(1);
const start = Date.parse('2024-07-01T00:00:00Z') * 1000;
const time = Float64Array.from({ length: rows }, (_, t) => start + t * minute);
let level = 100;
const walk = time.map(() => (level += random() - 0.5));
const moves = walk.map((x, t) => (random() < 0.3 ? 0 : Math.log(x / (walk[t - 1] ?? x))));
const count = time.map(at => ((at / minute) % 480) + 1);
const angles = time.map(() => random() * 6.3);

const walks = Array.from({ length: 7 }, () => {
  let at = 100;
  return time.map(() => (at += random() - 0.5));
});
const squares = time.map(() => 1 + random());

/** Holds on for some rows, as states do; and a mean that wanders slowly, as volatility does. */
let state = 0;
const states = time.map(() => {
  if (random() < 0.05) state = Math.floor(random() * 6);
  return state;
});
const slow = moves.map((_, t) =>
  moves.subarray(Math.max(0, t - 59), t + 1).reduce((sum, x) => sum + x * x, 0),
);
const eight = Array.from({ length: 8 }, () => time.map(() => random()));

const opens = Float64Array.of(0, 480, 780);
const ordered = (window: number) => ({
  span: window - 1,
  scratchBytes: kernelByName.get('median')!.scratchBytes!([window]),
});

const transforms = (
  [
    ['spectrum', [64], [6, 0, 0]], // entropy
    ['wavelet', [64, 3], [0, 1]],
    ['singular', [60, 20], [0, 0]],
  ] as const
).map(([name, params, table]) => ({
  file: name,
  use: {
    name,
    params,
    span: params[0] - 1,
    results: true as const,
    table: Float64Array.from(table),
    scratchBytes: kernelByName.get(name)!.scratchBytes!(params),
  },
  planes: [walk],
}));

const cases: { file: string; use: KernelUse; planes: Float64Array[] }[] = [
  ...[20, 60, 240, 1440].flatMap(window => [
    { file: 'median', use: { name: 'median', params: [window], ...ordered(window) }, planes: [walk] },
    { file: 'median', use: { name: 'median', params: [window], ...ordered(window) }, planes: [moves] },
    { file: 'rank', use: { name: 'rankBelow', params: [window], ...ordered(window) }, planes: [walk] },
    {
      file: 'absoluteDeviation',
      use: { name: 'absoluteDeviation', params: [window], span: window - 1 },
      planes: [walk],
    },
  ]),
  ...[240, 1440].map(window => ({
    file: 'median',
    use: { name: 'quantile', params: [window, 0.75], ...ordered(window) },
    planes: [walk],
  })),
  ...['sameRows', 'exitRows'].map(name => ({
    file: 'sameValue',
    use: { name, params: [1440], span: 1439 },
    planes: [states],
  })),
  ...[walk, slow].map(values => ({
    file: 'tercile',
    use: { name: 'tercile', params: [1440], span: 1439 },
    planes: [values],
  })),
  ...['meanAcross', 'stdAcross', 'medianAcross', 'spearmanAcross'].map(name => ({
    file: 'across',
    use: { name, params: [5], span: 0, list: true as const },
    planes: name === 'spearmanAcross' ? [...eight, ...eight.toReversed()] : eight,
  })),
  { file: 'carrySign', use: { name: 'carrySign', params: [256], span: 255 }, planes: [moves] },
  ...[0, 1, 3, 6].map(field => ({
    file: 'calendar',
    use: { name: 'calendar', params: [field], span: 0 },
    planes: [time],
  })),
  {
    file: 'daysUntil',
    use: { name: 'daysUntil', params: [30], span: 0, table: Float64Array.of(0, 30_000) },
    planes: [time],
  },
  { file: 'session', use: { name: 'sessionRows', params: [1440], span: 1440, table: opens }, planes: [time] },
  {
    file: 'session',
    use: { name: 'sessionStd', params: [10, 1440], span: 1440, table: opens },
    planes: [time, moves],
  },
  {
    file: 'seasonalTercile',
    use: { name: 'seasonalTercile', params: [20, 30_240, 10], span: 30_239, scratchBytes: 256 },
    planes: [time, walk, count],
  },
  {
    file: 'bestLag',
    use: { name: 'bestLag', params: [240, 60], span: 299, scratchBytes: 1 << 18 },
    planes: [walk, count, squares, squares],
  },
  {
    file: 'laggedR2',
    use: { name: 'laggedR2', params: [60, 4], span: 63, scratchBytes: 1 << 18 },
    planes: [moves, walk, squares, squares],
  },
  {
    file: 'afterEvents',
    use: { name: 'afterEvents', params: [240, 15], span: 239 },
    planes: [walk, moves, moves, squares.map(x => 1e-4 * x), walk],
  },
  {
    file: 'johansen',
    use: {
      name: 'johansen',
      params: [7, 1440, 60],
      span: 1499,
      results: true,
      list: true,
      table: Float64Array.of(4, 0, 0),
      scratchBytes: kernelByName.get('johansen')!.scratchBytes!([7, 1440, 60]),
    },
    planes: [time, ...walks],
  },
  {
    file: 'garch',
    use: {
      ...{
        name: 'garch',
        params: [89_280, 1_000, 0],
        table: Float64Array.of(2, 9, 10),
        results: true,
        outs: 3,
      },
      ...{ span: 89_280, scratchBytes: 1 << 21 },
    },
    // the second half of a month is fitted, the first half of the next one follows
    planes: [time.map(at => at - (rows / 2) * minute), moves],
  },
  {
    file: 'hmm',
    use: {
      name: 'hmm',
      params: [89_280, 1_000],
      table: Float64Array.of(0, 0, 0, 0, 1, 0, 0, 2, 0),
      results: true,
      outs: 3,
      span: 89_280,
      scratchBytes: kernelByName.get('hmm')!.scratchBytes!([89_280, 1_000]),
    },
    planes: [time.map(at => at - (rows / 2) * minute), walk, moves.map(Math.abs)],
  },
  ...[
    [0, 0],
    [0, 0, 2, 1.25, 3, 0.8],
  ].map(table => ({
    file: 'bocpd',
    use: {
      name: 'bocpd',
      params: [0.004, 500, 1, 1, 1, 1440],
      table: Float64Array.from(table),
      results: true as const,
      outs: table.length / 2,
      span: 1440,
      scratchBytes: kernelByName.get('bocpd')!.scratchBytes!([0.004, 500, 1, 1, 1, 1440]),
    },
    planes: [time, moves.map(x => 1e4 * x)],
  })),
  {
    file: 'cusum',
    use: {
      ...{ name: 'cusum', params: [0.5, 5, 1440], table: Float64Array.of(0, 1), results: true, outs: 2 },
      span: 1440,
    },
    planes: [time, moves.map(x => 1e4 * x)],
  },
  {
    file: 'sinceEvent',
    use: { name: 'sinceEvent', params: [10_080], span: 10_079 },
    planes: [moves.map(() => 0)],
  },
  { file: 'normalCdf', use: { name: 'normalCdf', params: [], span: 0 }, planes: [angles] },
  ...transforms,
  { file: 'log', use: { name: 'log', params: [], span: 0 }, planes: [walk] },
  { file: 'exp', use: { name: 'exp', params: [], span: 0 }, planes: [angles] },
  { file: 'cbrt', use: { name: 'cbrt', params: [], span: 0 }, planes: [moves] },
  { file: 'sine', use: { name: 'sine', params: [], span: 0 }, planes: [angles] },
  { file: 'cosine', use: { name: 'cosine', params: [], span: 0 }, planes: [angles] },
];

/** Median seconds of five runs after one that warms up. */
function seconds(run: () => void): number {
  run();
  const times = Array.from({ length: 5 }, () => {
    const from = performance.now();
    run();
    return (performance.now() - from) / 1000;
  });
  return times.sort((a, b) => a - b)[2]!;
}

export async function benchKernels(): Promise<Record<string, unknown>[]> {
  const results = [];
  for (const { file, use, planes } of cases) {
    const kernels = await Kernels.open(file);
    // the last rows alone, one by one: a wrong answer must not be a fast one
    const singles = 2_000;
    const whole = kernels.run(use, planes);
    const { call, output, below } = kernels.place(use, planes);
    const blocks = seconds(() => {
      for (let first = 0; first < rows; first += 512) call(first, Math.min(512, rows - first));
    });
    output.fill(NaN);
    const stream = seconds(() => {
      for (let first = rows - singles; first < rows; first++) call(first, 1);
    });
    if (
      firstDifference(output.subarray(below + rows - singles), whole.subarray(rows - singles), 0, singles) >=
      0
    )
      throw new Error(`${use.name}(${use.params}): rows one by one differ from blocks`);
    const input = planes[0] === moves || planes[1] === moves ? 'moves' : '';
    results.push({
      kernel: `${use.name}(${use.params})`,
      input,
      nsPerRow: +((blocks / rows) * 1e9).toFixed(2),
      usPerSingleRow: +((stream / singles) * 1e6).toFixed(3),
    });
  }
  return results;
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  console.log(`${cpus()[0]?.model}, Node ${process.version}, ${rows} rows`);
  console.table(await benchKernels());
}
