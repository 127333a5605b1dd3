import { cpus } from 'node:os';
import type { Bound, ShortReport, Spread, StoredCosts } from '../bench/short.ts';
import { bytes, count, counted, duration, large, percent } from './format.ts';
import type { Output } from './output.ts';

const ns = (value: number): string => `${value.toFixed(1)} ns a cell`;

const between = ({ low, high }: Spread, text: (value: number) => string): string =>
  `${text(low)} to ${text(high)}`;

const boundText: Readonly<Record<Bound, (stored: StoredCosts) => string>> = {
  copy: ({ copyShare }) => `the database: copying the bytes alone takes ${percent(copyShare)} of the time`,
  compute: ({ computeShare }) =>
    `computing: with encoding it takes ${percent(computeShare)} of the time on ${counted(cpus().length, 'core')}`,
  rest: () => 'neither: threads that start, bars that are read, the ledger; a longer backfill has less of it',
};

function storedFacts(stored: StoredCosts): (readonly [string, string])[] {
  const { symbols, rows, cells, partitions, workers, floor, backfill, copyFloorRatio, bound } = stored;
  const each = (ms: number): string => ns((ms * 1e6) / cells);
  const speed = `${large((cells / backfill.median) * 1000)} cells a second`;
  return [
    ['backfill', `${duration(backfill.median)}, ${each(backfill.median)}, ${speed}`],
    ['COPY floor', `${duration(floor.median)}, ${each(floor.median)}`],
    [
      'over the floor',
      `${copyFloorRatio.median.toFixed(2)} times (${between(copyFloorRatio, value => value.toFixed(2))})`,
    ],
    ['bound by', boundText[bound](stored)],
    [
      'measured',
      `a month of ${counted(symbols, 'made-up symbol')}: ${counted(partitions, 'partition')}, ${count(rows)} rows, ${large(cells)} cells, ${bytes(stored.bytes)}`,
    ],
    ['', `${counted(workers, 'connection')} to Postgres ${stored.server}`],
  ];
}

const storedFields = ({ floor, backfill, copyFloorRatio, ...rest }: StoredCosts) => ({
  ...rest,
  ...{ floorMs: floor.median, backfillMs: backfill.median },
  cellsPerSecond: (rest.cells / backfill.median) * 1000,
  ...{ copyFloorRatio: copyFloorRatio.median, copyFloorRatioLow: copyFloorRatio.low },
  copyFloorRatioHigh: copyFloorRatio.high,
});

/** The report for people, or as one object. */
export function showBench(output: Output, report: ShortReport): void {
  const { set, families, features, rounds, cost, stored } = report;
  const cpu = cpus()[0]?.model ?? 'unknown';
  if (output.json) {
    output.object({
      ...{ kind: 'report', set, families, features, rounds },
      ...{ computeNsPerCell: cost.compute, encodeNsPerCell: cost.encode },
      ...(stored && storedFields(stored)),
      ...{ cpu, cores: cpus().length, node: process.version },
    });
    return;
  }
  output.heading(
    `${counted(features, 'feature')} in ${counted(families, 'family', 'families')} of set ${set}`,
  );
  output.facts([
    ['computing', `${ns(cost.compute)}, one core`],
    ['encoding', `${ns(cost.encode)}, one core`],
    ...(stored ? storedFacts(stored) : []),
    ['', `medians of ${counted(rounds, 'round')}, now, ${counted(cpus().length, 'core')} of ${cpu}`],
  ]);
  output.note(
    stored
      ? '"windrow bench --families" has every family; docs/performance.md says where the time goes'
      : `the set ${set} is kept row by row, by "windrow update": no backfill was measured`,
  );
}
