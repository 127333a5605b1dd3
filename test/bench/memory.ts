import { fx } from '../../host/catalog/sets/fx.ts';
import { windrow } from './command.ts';
import { type Figure, figureOf, mustEqual } from './figure.ts';
import { isPlain } from './market.ts';
import { benchServer, loadMarket } from './server.ts';

// Peak resident memory of a backfill by two workers: `windrow backfill` in a process of its own, the server's memory
// not counted. More months must not mean more memory.

const market = { pairs: ['eurusd', 'usdjpy'], from: '2024-01', to: '2024-08' };
const spans = { 'two months': { to: '2024-02', runs: 2 }, 'eight months': { to: '2024-08', runs: 1 } };
const families = fx.families.map(({ name }) => name).filter(isPlain);

export async function benchMemory(): Promise<Figure[]> {
  const server = await benchServer();
  try {
    await loadMarket(server.database, market);
    const figures: Figure[] = [];
    for (const [name, { to, runs }] of Object.entries(spans)) {
      const peaks: number[] = [];
      for (let run = 0; run < runs; run++) {
        const some = ['--families', families.join(), '--to', to];
        const args = ['backfill', '--force', '--json', '--workers', '2', ...some];
        const { peakMb, lines } = await windrow([...args, '--database-url', server.database.secretUrl]);
        const report = JSON.parse(lines.at(-1)!) as { done: number; failed: unknown[] };
        const months = Number(to.slice(5)) * market.pairs.length;
        mustEqual('partitions done', report.done, months * families.length);
        peaks.push(peakMb);
      }
      const what = { bench: 'memory', figure: `peak of a backfill by 2 workers, ${name} of 2 pairs` };
      figures.push(figureOf({ ...what, unit: 'MB', goal: { atMost: 600 } }, peaks));
    }
    return figures;
  } finally {
    await server.close();
  }
}
