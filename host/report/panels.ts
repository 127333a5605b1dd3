import { axisLook, blue, boxes, numbers, orange, type Panel, paleBlue, rule, slate, text } from './look.ts';
import { dayText, numberText, shareText, weekdayText } from './numbers.ts';
import { type Distribution, type FeatureReport, type Moment, quantileShares } from './readFeature.ts';

const toLeft = { align: 'right', distance: [-4, 6] };
const toRight = { align: 'left', distance: [4, 6] };

/** Share of all values in each interval, with the quantiles that bound most of them. */
export function intervalPanel(
  { low, high, counts, below, above }: Distribution & { kind: 'intervals' },
  quantiles: readonly number[],
): Panel {
  const total = counts.reduce((sum, count) => sum + count, below + above);
  const step = (high - low) / counts.length;
  const at = (share: number): number => quantiles[quantileShares.indexOf(share as 0.5)]!;
  const label = (name: string, value: number, position: object) => ({
    xAxis: value,
    label: { formatter: `${name}: ${numberText(value)}`, ...text(11, orange), ...position },
  });
  // a label that would leave the panel goes to the other side of its line
  const room = 64 / boxes.distribution.width;
  const left = (value: number): boolean => (value - low) / (high - low) > room;
  const right = (value: number): boolean => (high - value) / (high - low) > room;
  const [few, most] = [at(0.05), at(0.95)];
  return {
    xAxis: {
      ...numbers({ splitNumber: 6 }),
      // the outermost bars end at the ends of the range
      ...{ min: low, max: high, containShape: false, splitLine: { show: false } },
      ...{ axisLine: axisLook.axisLine, axisTick: axisLook.axisTick },
      // the ends of the range are no round numbers
      axisLabel: {
        ...axisLook.axisLabel,
        ...{ formatter: numberText, showMinLabel: false, showMaxLabel: false },
      },
    },
    yAxis: numbers({ axisLabel: { ...axisLook.axisLabel, formatter: shareText } }),
    series: [
      {
        type: 'bar',
        barWidth: Math.max(boxes.distribution.width / counts.length - 2, 1),
        itemStyle: { color: blue },
        data: counts.map((count, i) => [low + (i + 0.5) * step, count / total]),
        markArea: {
          silent: true,
          itemStyle: { color: paleBlue, opacity: 0.7 },
          data: [[{ xAxis: at(0.25) }, { xAxis: at(0.75) }]],
        },
        markLine: {
          silent: true,
          symbol: 'none',
          // by default a line stands at its value rounded to two decimals
          precision: 15,
          lineStyle: { color: orange, type: 'dashed', width: 1 },
          data: [
            label('5 %', few, left(few) ? toLeft : toRight),
            label('median', at(0.5), { align: 'center', distance: 22 }),
            label('95 %', most, right(most) ? toRight : toLeft),
          ],
        },
      },
    ],
  };
}

/** Share of each value. */
export function valuePanel({ values }: Distribution & { kind: 'values' }): Panel {
  const total = values.reduce((sum, { count }) => sum + count, 0);
  return {
    xAxis: { type: 'category', data: values.map(({ value }) => numberText(value)), ...axisLook },
    yAxis: numbers({ axisLabel: { ...axisLook.axisLabel, formatter: shareText } }),
    series: [
      {
        type: 'bar',
        barCategoryGap: '25%',
        barMaxWidth: 46,
        itemStyle: { color: blue },
        data: values.map(({ count }) => count / total),
      },
    ],
  };
}

/** Share of NULL by day: bars while they can be told apart, else an area. */
export function nullPanel(days: FeatureReport['days']): Panel {
  const shares = days.map(({ rows, nulls }) => nulls / rows);
  const most = Math.max(...shares);
  const few = days.length <= 130;
  return {
    xAxis: { type: 'category', data: days.map(({ time }) => dayText(time)), boundaryGap: few, ...axisLook },
    yAxis: numbers({
      min: 0,
      ...(most === 0 || most > 0.5 ? { max: 1, interval: 0.25 } : {}),
      axisLabel: { ...axisLook.axisLabel, formatter: shareText },
    }),
    series: [
      few
        ? { type: 'bar', barCategoryGap: '20%', itemStyle: { color: slate }, data: shares }
        : {
            ...{ type: 'line', step: 'middle', symbol: 'none', data: shares },
            ...{ lineStyle: { color: slate, width: 1 }, areaStyle: { color: slate, opacity: 0.25 } },
          },
    ],
  };
}

/** Places of the first moment of each day. */
const dayStarts = (week: readonly Moment[]): Set<number> =>
  new Set(
    week.flatMap(({ time }, i) => {
      const day = Math.floor(time / 86_400_000_000);
      return i === 0 || day !== Math.floor(week[i - 1]!.time / 86_400_000_000) ? [i] : [];
    }),
  );

/** A series over moments, with a rule where a day begins; closed hours take no room. */
export function momentPanel(
  week: readonly Moment[],
  series: {
    readonly data: readonly (number | null)[];
    readonly color: string;
    readonly stepped: boolean;
    /** Whether the days are named below. */
    readonly labels: boolean;
  },
): Panel {
  const { data, color, stepped, labels } = series;
  const starts = dayStarts(week);
  const atStart = (index: number): boolean => starts.has(index);
  // a label that begins near the end would not fit
  const labelled = (index: number): boolean => starts.has(index) && index < week.length * 0.94;
  return {
    xAxis: {
      type: 'category',
      data: week.map(({ time }) => weekdayText(time)),
      ...axisLook,
      boundaryGap: false,
      axisLine: { ...axisLook.axisLine, onZero: false },
      axisTick: { show: labels, interval: atStart, lineStyle: { color: '#9ca3af' } },
      axisLabel: { ...axisLook.axisLabel, show: labels, interval: labelled, align: 'left' },
      splitLine: { show: true, interval: atStart, lineStyle: { color: rule } },
    },
    yAxis: numbers({ scale: true, splitNumber: 3 }),
    series: [
      {
        type: 'line',
        symbol: 'none',
        showSymbol: false,
        connectNulls: false,
        ...(stepped ? { step: 'end' } : {}),
        lineStyle: { color, width: 1.6 },
        data,
      },
    ],
  };
}

/** The price and the feature over the same moments. */
export const weekPanels = (week: readonly Moment[], stepped: boolean): { price: Panel; week: Panel } => ({
  price: momentPanel(week, {
    data: week.map(({ price }) => price),
    color: slate,
    stepped: false,
    labels: false,
  }),
  week: momentPanel(week, { data: week.map(({ value }) => value), color: blue, stepped, labels: true }),
});
