import { parentPort, workerData } from 'node:worker_threads';
import { Arena } from '../../host/engine/module.ts';
import { layOut, nsPerCell } from './computing.ts';
import { monthsOf, parameters, planOf } from './growthCases.ts';

// A thread of the benchmark of growth: what a cell costs while as many others compute beside it.

const { pair } = workerData as { pair: string };

const arena = await Arena.create();
const plan = planOf(['statistics_rate']);
const month = layOut(arena, monthsOf(pair, 1), plan);
const work = Array.from({ length: 12 }, () => month);
nsPerCell(arena, plan, work, parameters);
parentPort!.on('message', () => parentPort!.postMessage(nsPerCell(arena, plan, work, parameters)));
parentPort!.postMessage('ready');
