import type { EChartsCoreOption } from 'echarts/core';
import type { CatalogFeature } from '../catalog/catalog.ts';
import {
  blue,
  boxes,
  font,
  height,
  ink,
  lineName,
  nothing,
  type Panel,
  panelOf,
  panels,
  remark,
  slate,
  soft,
  text,
  title,
  width,
} from './look.ts';
import { dateText, numberText, shareText, weekdayText } from './numbers.ts';
import { intervalPanel, nullPanel, valuePanel, weekPanels } from './panels.ts';
import { type FeatureReport, quantileShares } from './readFeature.ts';
import { svgOf } from './svg.ts';

/** What stands above the panels. */
export type Heading = {
  readonly set: string;
  readonly symbol: string;
  readonly feature: Pick<CatalogFeature, 'name' | 'qualifiedName' | 'unit' | 'description'>;
};

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

/** The picture of a feature as SVG: distribution, NULL by day, and the last week below the price. */
export const drawFeature = (heading: Heading, report: FeatureReport): string =>
  svgOf(optionOf(heading, report), width, height);
