import { execFileSync } from 'node:child_process';
import { builtFile } from './built.ts';
import { windrow } from './command.ts';
import { type Figure, figureOf } from './figure.ts';
import { benchServer } from './server.ts';

// What it takes until something runs: CPU time of a new process for the module, the plan of all features and a stream of
// them, its first live bars, whose code V8 has compiled in haste, and the demonstration of `npm start` without its build and the start of its server, with the peak of its memory.

const bench = 'start';
const starters = 5;

type Start = Readonly<Record<'module' | 'plan' | 'stream' | 'bar', number>>;

/** Milliseconds of CPU time, all threads of the process: the module is compiled by threads of its own. */
function coldStart(): Start {
  const script = `
    const { Engine } = await import(${JSON.stringify(builtFile('index.js').href)});
    const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
    let at = cpu();
    const lap = () => { const before = at; at = cpu(); return at - before; };
    const engine = await Engine.create();
    const module = lap();
    engine.plan('all');
    const plan = lap();
    const features = engine.plan('all').features.map(({ name }) => name);
    lap();
    await engine.open(features, { symbol: 'eurusd', parameters: { baseline: 1 } });
    const stream = lap();
    const bands = features.filter(name => name.startsWith('bollinger_'));
    const live = await engine.open(bands, { symbol: 'eurusd', parameters: { baseline: 1 }, history: 'complete' });
    const took = Array.from({ length: 1000 }, (_, i) => {
      const close = 1 + ((i * 7919) % 101) / 1e5;
      const bar = { time: 1.7e15 + i * 6e7, open: close, high: close + 1e-4, low: close - 1e-4, close };
      const begun = performance.now();
      live.push(bar);
      return (performance.now() - begun) * 1000;
    });
    const bar = took.sort((a, b) => a - b)[500];
    console.log(JSON.stringify({ module, plan, stream, bar }));`;
  const args = ['--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

/** What `npm start` does behind its build, on a server that runs already. */
async function demo(): Promise<{ readonly tookMs: number; readonly peakMb: number }> {
  const server = await benchServer();
  try {
    return await windrow(['demo', '--json', '--database-url', server.database.secretUrl]);
  } finally {
    await server.close();
  }
}

export async function benchStart(): Promise<Figure[]> {
  const starts = Array.from({ length: starters }, coldStart);
  const figure = (text: string, unit: string, values: readonly number[]): Figure =>
    figureOf({ bench, figure: text, unit }, values);
  const { tookMs, peakMb } = await demo();
  return [
    figure(
      'compile and instantiate the module, a new process',
      'ms CPU',
      starts.map(start => start.module),
    ),
    figure(
      'plan of all features, a new process',
      'ms CPU',
      starts.map(start => start.plan),
    ),
    figure(
      'a stream of all features, planned once before',
      'ms CPU',
      starts.map(start => start.stream),
    ),
    figure(
      'one of the first 1,000 live bars of a new process, 20 features',
      'us',
      starts.map(start => start.bar),
    ),
    figure('windrow demo, on a server that runs', 's', [tookMs / 1000]),
    { ...figure('peak memory of the same', 'MB', [peakMb]), goal: { atMost: 600 } },
  ];
}
