import { median } from '../../host/bench/rounds.ts';
import { table } from './figureText.ts';
import { type Growth, perPass, slopeOf } from './growthJudge.ts';

const list = (values: readonly number[], digits: number): string =>
  values.map(value => value.toFixed(digits)).join(', ');

const percent = (slope: number): string => `${((2 ** slope - 1) * 100).toFixed(1)} %`;

const ends = (values: readonly number[]): string => {
  const [first, last] = [values.at(0), values.at(-1)].map(value => value?.toFixed(0));
  return first === last ? (first ?? '') : `${first} to ${last}`;
};

function row(growth: Growth): string[] {
  const { what, sizes, ns, passes, before } = growth;
  const slope = slopeOf(sizes, ns);
  return [
    what,
    sizes.map(size => size.toLocaleString('en')).join(', '),
    list(ns.map(median), 2),
    slope.toFixed(3),
    percent(slope),
    list(passes, 2),
    passes.length > 0 ? list(perPass(growth).map(median), 2) : '',
    ends(before),
  ];
}

const head = ['what grows', 'sizes', 'ns a cell', 'slope', 'a doubling', 'passes a cell', 'ns a pass'];

/** The plots, all sizes in numbers, and how they are judged. */
export const growthSection = (all: readonly Growth[]): string =>
  `![What a cell costs as rows, pairs, workers, windows and features grow](growth.svg)

Nanoseconds of CPU time a cell on one thread; every size is given as much work as the largest, and the sizes run in turn. Months,
pairs and workers are computed and encoded, windows and features only computed, as encoding costs the same for all of them. The
slope is the exponent of the power law that fits best: 0 is flat, 1 is a cost that doubles with the size; what that makes of a
doubled size stands beside it. Flat is a largest size that costs at most a tenth more a cell than the smallest. Two things are not
flat, because a formula says so, and are held against it:

- A longer window takes more passes of kernels over its rows: a window of W bars is put together from blocks of 1, 2, 4 and so on,
  one merge for each doubling and one for each further bit of W. A pass must cost the same in the longest window as in the shortest.
- Features of one program share what they have in common: the more of them, the fewer passes each. At every size all of them are
  computed, in programs of so many in the order of the catalogue, with what they look back on. The largest program must cost at
  most a tenth more a cell than the cheapest of the smaller ones. Where it does not, it is the cache: the planes of 1,060 features
  take 26 MB, and a pass over planes that were pushed out costs more. A backfill computes a table at a time, in pieces of a hundred
  features at most.

What a run takes before its first row, planes that are laid out for the smallest and the largest size, is part of the costs and
stands in the last column. Plans are made before the clock starts.

${table([...head, 'us before'], all.map(row))}`;
