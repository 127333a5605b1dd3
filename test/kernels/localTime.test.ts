import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded } from '../support/kernelShapes.ts';

const hour = 3_600_000_000;
const instants = [0, 100, 101, 400, 900].map(hours => hours * hour);
const offsets = [-5 * hour, -4 * hour, 0, 5.75 * hour, NaN];
const random = seeded(9);

const planes = {
  hours: Float64Array.from({ length: 1_000 }, (_, t) => (t - 20) * hour),
  edges: Float64Array.from(
    instants.flatMap(at => [at - 1, at, at + 1]),
    at => at,
  ),
  gaps: Float64Array.from({ length: 300 }, (_, t) => (t % 11 === 3 ? NaN : (4 * t - 40) * hour)),
  anywhere: Float64Array.from({ length: 500 }, () => Math.floor((random() * 1_100 - 100) * hour)),
};

const zones = { several: [instants, offsets], one: [[0], [9 * hour]] } as const;

const cases = Object.entries(planes).flatMap(([label, time]) =>
  Object.entries(zones).map(([zone, [from, offset]]) => ({
    label: `${label}, ${zone}`,
    name: 'localTime',
    planes: [time],
    params: [],
    table: Float64Array.of(...from, ...offset),
    span: 0,
    naive: (t: number) => time[t]! + (offset[from.findLastIndex(at => at <= time[t]!)] ?? NaN),
  })),
);

keepsTheContract('localTime', cases);
