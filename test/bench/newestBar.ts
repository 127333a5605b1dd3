import { parentPort, workerData } from 'node:worker_threads';
import { setByName } from '../../host/catalog/catalog.ts';
import { Arena } from '../../host/engine/module.ts';
import { peerPlans } from '../../host/engine/peers.ts';
import { historyOf, RowComputer } from '../../host/update/compute.ts';
import { planRows } from '../../host/update/order.ts';
import { barTimes, stockBars } from './stockBars.ts';

// A thread of the benchmark of newest bars: computes as an update does, over bars that lie in memory.

const { share, set: name, bars: count } = workerData as { share: number; set: string; bars: number };

const set = setByName(name);
const plan = planRows(
  set,
  set.families.map(family => family.name),
);
const arena = await Arena.create();
const computer = new RowComputer(arena, plan, 'double', set.bars.columns);
const rows = Math.max(count, historyOf(plan.plan) + 1);
const times = barTimes('daily', rows);

const load = (symbol: string) => {
  const months = [...stockBars([symbol], times)];
  const place = (of: (month: (typeof months)[number]) => Float64Array): number => {
    const address = arena.allocate((rows + 2) * 8);
    let row = 0;
    for (const month of months) {
      const values = of(month);
      arena.f64(address + row * 8, values.length).set(values);
      row += values.length;
    }
    return address;
  };
  const columns = Object.fromEntries(
    set.bars.columns.map(column => [column, place(({ bars }) => bars.columns[column]!)]),
  );
  return { time: place(({ bars }) => bars.time), columns, rows, firstRow: rows - 1 };
};

for (const [symbol, peer] of peerPlans(plan.plan)) computer.addPeer(peer, { ...load(symbol), firstRow: 0 });
// so many that their bars do not all stay in the cache, not so many that making them takes longer than the benchmark
const symbols = Array.from({ length: 200 }, (_, i) => load(`t${i}`));
parentPort!.postMessage('ready');
parentPort!.on('message', () => {
  for (let i = 0; i < share; i++) {
    const mark = arena.top;
    computer.values(symbols[i % symbols.length]!);
    arena.release(mark);
  }
  parentPort!.postMessage('done');
});
