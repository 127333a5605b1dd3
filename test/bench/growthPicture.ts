import { median } from '../../host/bench/rounds.ts';
import { svgOf } from '../../host/report/svg.ts';
import { type Growth, slopeOf } from './growthJudge.ts';

const [width, height] = [960, 560];
const columns = 3;
const [left, top, right, bottom] = [44, 60, 24, 34];

/** One small plot for each thing that grows: nanoseconds a cell over its size, which is drawn by its logarithm. */
export function growthPicture(all: readonly Growth[]): string {
  const rows = Math.ceil(all.length / columns);
  const [wide, high] = [width / columns, height / rows];
  const place = (index: number) => ({ x: (index % columns) * wide, y: Math.floor(index / columns) * high });
  const option = {
    animation: false,
    backgroundColor: '#ffffff',
    color: ['#3b5bdb'],
    title: all.map(({ what, sizes, ns }, i) => ({
      text: what,
      subtext: `ns a cell, slope ${slopeOf(sizes, ns).toFixed(3)}`,
      left: place(i).x + left - 8,
      top: place(i).y + 8,
      itemGap: 4,
      textStyle: { fontSize: 13, fontWeight: 'normal' },
      subtextStyle: { fontSize: 11 },
    })),
    grid: all.map((_, i) => ({
      left: place(i).x + left,
      top: place(i).y + top,
      width: wide - left - right,
      height: high - top - bottom,
    })),
    xAxis: all.map(({ sizes }, gridIndex) => ({
      ...{ type: 'log', gridIndex, splitLine: { show: false } },
      ...{ min: sizes[0], max: sizes.at(-1), logBase: sizes.at(-1)! > 100 ? 10 : 2 },
    })),
    yAxis: all.map((_, gridIndex) => ({ type: 'value', gridIndex, min: 0 })),
    series: all.map(({ sizes, ns }, i) => ({
      type: 'line',
      xAxisIndex: i,
      yAxisIndex: i,
      symbolSize: 6,
      data: sizes.map((size, k) => [size, Number(median(ns[k]!).toFixed(2))]),
    })),
  };
  return svgOf(option, width, height).replace('>', '><title>Cost a cell as things grow</title>');
}
