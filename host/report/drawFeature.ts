import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { CatalogFeature } from '../catalog/catalog.ts';
import { dateText, dayText, numberText, shareText, weekdayText } from './numbers.ts';
import { type Distribution, type FeatureReport, type Moment, quantileShares } from './readFeature.ts';

use([
  ...[BarChart, LineChart, SVGRenderer, GridComponent],
  ...[MarkAreaComponent, MarkLineComponent, TitleComponent],
]);

/** What stands above the panels. */
export type Heading = {
  readonly set: string;
  readonly symbol: string;
  readonly feature: Pick<CatalogFeature, 'name' | 'qualifiedName' | 'unit' | 'description'>;
};

const width = 1200;
const height = 945;
// resvg finds no family behind a comma and a blank, and takes any font for Arial and for generic names
const font = "Inter,'Segoe UI','Helvetica Neue','Liberation Sans','DejaVu Sans',Arial,sans-serif";
const ink = '#1f2937';
const soft = '#6b7280';
const rule = '#e5e7eb';
const blue = '#2563a8';
const paleBlue = '#dbe7f5';
const orange = '#c2570c';
const slate = '#475569';

type Box = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
const boxes = {
  distribution: { left: 76, top: 210, width: 490, height: 230 },
  nulls: { left: 680, top: 210, width: 464, height: 230 },
  price: { left: 76, top: 560, width: 1068, height: 130 },
  week: { left: 76, top: 740, width: 1068, height: 150 },
} as const satisfies Record<string, Box>;
const panels = Object.keys(boxes) as (keyof typeof boxes)[];
const panelOf = (name: keyof typeof boxes) => ({
  xAxisIndex: panels.indexOf(name),
  yAxisIndex: panels.indexOf(name),
});

/** Titles begin where the numbers of an axis do. */
const indent = 36;

type Panel = { readonly xAxis: object; readonly yAxis: object; readonly series: readonly object[] };

const text = (size: number, color: string, weight: 'normal' | 'bold' = 'normal') => ({
  fontFamily: font,
  fontSize: size,
  fontWeight: weight,
  color,
});

const title = (box: Box, name: string, about: string, above = 72) => ({
  text: name,
  subtext: about,
  left: box.left - indent,
  top: box.top - above,
  padding: 0,
  itemGap: 5,
  textStyle: text(15, ink, 'bold'),
  subtextStyle: { ...text(12, soft), width: box.width + indent, overflow: 'truncate' },
});

const axisLook = {
  axisLine: { lineStyle: { color: '#9ca3af' } },
  axisTick: { lineStyle: { color: '#9ca3af' } },
  axisLabel: { ...text(11, soft), hideOverlap: true },
  splitLine: { show: false },
};
const numbers = (more: object = {}): object => ({
  type: 'value',
  ...axisLook,
  axisLine: { show: false },
  axisTick: { show: false },
  axisLabel: { ...axisLook.axisLabel, formatter: numberText },
  splitLine: { show: true, lineStyle: { color: rule } },
  splitNumber: 4,
  ...more,
});

const nothing: Panel = {
  xAxis: { type: 'category', data: [], ...axisLook },
  yAxis: { type: 'value', show: false },
  series: [],
};

/** What stands in a panel that has nothing to show. */
const remark = ({ left, top, width, height }: Box, words: string) => ({
  ...{ text: words, left: left + width / 2, top: top + height * 0.375 - 8, textAlign: 'center', padding: 0 },
  textStyle: text(13, soft),
});

/** What a line of the week is. */
const lineName = ({ left, top }: Box, name: string, color: string) => ({
  ...{ text: name, left: left - indent, top: top - 26, padding: 0 },
  textStyle: text(12, color, 'bold'),
});

const toLeft = { align: 'right', distance: [-4, 6] };
const toRight = { align: 'left', distance: [4, 6] };

/** Share of all values in each interval, with the quantiles that bound most of them. */
function intervalPanel(
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

function valuePanel({ values }: Distribution & { kind: 'values' }): Panel {
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

function nullPanel(days: FeatureReport['days']): Panel {
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

function weekPanels(week: readonly Moment[], stepped: boolean): { price: Panel; week: Panel } {
  const starts = dayStarts(week);
  const atStart = (index: number): boolean => starts.has(index);
  // a label that begins near the end would not fit
  const labelled = (index: number): boolean => starts.has(index) && index < week.length * 0.94;
  const moments = (labels: boolean): object => ({
    type: 'category',
    data: week.map(({ time }) => weekdayText(time)),
    ...axisLook,
    boundaryGap: false,
    axisLine: { ...axisLook.axisLine, onZero: false },
    axisTick: { show: labels, interval: atStart, lineStyle: { color: '#9ca3af' } },
    axisLabel: { ...axisLook.axisLabel, show: labels, interval: labelled, align: 'left' },
    splitLine: { show: true, interval: atStart, lineStyle: { color: rule } },
  });
  const line = (color: string, data: readonly (number | null)[], step: boolean) => ({
    type: 'line',
    symbol: 'none',
    showSymbol: false,
    connectNulls: false,
    ...(step ? { step: 'end' } : {}),
    lineStyle: { color, width: 1.6 },
    data,
  });
  return {
    price: {
      xAxis: moments(false),
      yAxis: numbers({ scale: true, splitNumber: 3 }),
      series: [
        line(
          slate,
          week.map(({ price }) => price),
          false,
        ),
      ],
    },
    week: {
      xAxis: moments(true),
      yAxis: numbers({ scale: true, splitNumber: 3 }),
      series: [
        line(
          blue,
          week.map(({ value }) => value),
          stepped,
        ),
      ],
    },
  };
}

function factsText({ rows, nulls, values }: FeatureReport): string {
  const parts = [`${rows.toLocaleString('en-US')} rows`, `${shareText(nulls / rows)} NULL`];
  if (values) {
    const { mean, sd, min, max, quantiles } = values;
    const median = quantiles[quantileShares.indexOf(0.5)]!;
    parts.push(`mean ${numberText(mean)}`, ...(sd === null ? [] : [`deviation ${numberText(sd)}`]));
    parts.push(`least ${numberText(min)}`, `median ${numberText(median)}`, `greatest ${numberText(max)}`);
  }
  return parts.join('   ·   ');
}

function distributionTitle(values: FeatureReport['values']): string {
  if (values === undefined) return 'there is no value';
  const { distribution } = values;
  if (distribution.kind === 'values') return 'share of each value';
  const { below, above, counts } = distribution;
  const total = counts.reduce((sum, count) => sum + count, below + above);
  const outside = [
    ...(below > 0 ? [`${shareText(below / total)} farther left`] : []),
    ...(above > 0 ? [`${shareText(above / total)} farther right`] : []),
  ];
  return ['share of values; the middle half is shaded', ...outside].join('; ');
}

function optionOf(heading: Heading, report: FeatureReport): EChartsCoreOption {
  const { set, symbol, feature } = heading;
  const { values, days, week, nulls } = report;
  const unit = feature.unit === 'none' || feature.unit === '' ? '' : ` (${feature.unit})`;
  const few = values?.distribution.kind === 'values';
  const distribution =
    values === undefined
      ? nothing
      : values.distribution.kind === 'values'
        ? valuePanel(values.distribution)
        : intervalPanel(values.distribution, values.quantiles);
  const drawn: Record<keyof typeof boxes, Panel> = {
    distribution,
    nulls: nullPanel(days),
    ...weekPanels(week, few),
  };
  const range = `${dateText(report.first)} to ${dateText(report.last)}`;
  const [first, last] = [week[0], week.at(-1)];
  const weekRange = first && last ? `${weekdayText(first.time)} to ${weekdayText(last.time)}, UTC` : '';
  const all = panels.map(name => [name, drawn[name]] as const);
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: font },
    title: [
      {
        text: `${feature.qualifiedName}${unit}`,
        subtext: `${feature.description}\n${factsText(report)}`,
        left: 40,
        top: 28,
        padding: 0,
        itemGap: 9,
        textStyle: text(22, ink, 'bold'),
        subtextStyle: { ...text(13, soft), lineHeight: 21, width: 880, overflow: 'truncate' },
      },
      {
        text: symbol.toUpperCase(),
        subtext: `${set}\n${range}`,
        left: width - 56,
        top: 28,
        padding: 0,
        itemGap: 9,
        textAlign: 'right',
        textStyle: text(22, ink, 'bold'),
        subtextStyle: { ...text(13, soft), lineHeight: 21 },
      },
      title(boxes.distribution, 'Distribution', distributionTitle(values)),
      title(boxes.nulls, 'NULL by day', 'share of the rows of a day'),
      title(boxes.price, 'The last week', weekRange, 74),
      lineName(boxes.price, 'close', slate),
      lineName(boxes.week, `${feature.name}${unit}`, blue),
      ...(values === undefined ? [remark(boxes.distribution, 'every value is NULL')] : []),
      ...(nulls === 0 ? [remark(boxes.nulls, 'no NULL in any row')] : []),
      ...(week.every(({ price }) => price === null) ? [remark(boxes.price, 'there is no price')] : []),
      ...(week.every(({ value }) => value === null) ? [remark(boxes.week, 'NULL throughout the week')] : []),
    ],
    grid: all.map(([name]) => boxes[name]),
    xAxis: all.map(([, { xAxis }], gridIndex) => ({ gridIndex, ...xAxis })),
    yAxis: all.map(([, { yAxis }], gridIndex) => ({ gridIndex, ...yAxis })),
    series: all.flatMap(([name, { series }]) =>
      series.map(one => ({ ...panelOf(name), silent: true, ...one })),
    ),
  };
}

/** Without the names that count the pictures of this process, so that the same picture has the same bytes. */
const withoutCounters = (svg: string): string =>
  svg
    .replaceAll(/ class="zr\d+-cls-\d+"/g, '')
    .replace(/<style >[\s\S]*?<\/style>\s*/, '')
    .replaceAll(/\bzr\d+-/g, 'zr-');

/** The picture of a feature as SVG: distribution, NULL by day, and the last week below the price. */
export function drawFeature(heading: Heading, report: FeatureReport): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(optionOf(heading, report));
    return withoutCounters(chart.renderToSVGString());
  } finally {
    // its clock would keep the process alive
    chart.dispose();
  }
}
