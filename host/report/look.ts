import { numberText } from './numbers.ts';

export const width = 1200;
export const height = 945;
// resvg finds no family behind a comma and a blank, and takes any font for Arial and for generic names
export const font = "Inter,'Segoe UI','Helvetica Neue','Liberation Sans','DejaVu Sans',Arial,sans-serif";
export const ink = '#1f2937';
export const soft = '#6b7280';
export const rule = '#e5e7eb';
export const blue = '#2563a8';
export const paleBlue = '#dbe7f5';
export const orange = '#c2570c';
export const slate = '#475569';

type Box = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
/** Where the panels are, in pixels. */
export const boxes = {
  distribution: { left: 76, top: 210, width: 490, height: 230 },
  nulls: { left: 680, top: 210, width: 464, height: 230 },
  price: { left: 76, top: 560, width: 1068, height: 130 },
  week: { left: 76, top: 740, width: 1068, height: 150 },
} as const satisfies Record<string, Box>;
export const panels = Object.keys(boxes) as (keyof typeof boxes)[];
export const panelOf = (name: keyof typeof boxes) => ({
  xAxisIndex: panels.indexOf(name),
  yAxisIndex: panels.indexOf(name),
});

/** Titles begin where the numbers of an axis do. */
const indent = 36;

/** A panel's axes and what is drawn in them, in the terms of echarts. */
export type Panel = { readonly xAxis: object; readonly yAxis: object; readonly series: readonly object[] };

export const text = (size: number, color: string, weight: 'normal' | 'bold' = 'normal') => ({
  fontFamily: font,
  fontSize: size,
  fontWeight: weight,
  color,
});

export const title = (box: Box, name: string, about: string, above = 72) => ({
  text: name,
  subtext: about,
  left: box.left - indent,
  top: box.top - above,
  padding: 0,
  itemGap: 5,
  textStyle: text(15, ink, 'bold'),
  subtextStyle: { ...text(12, soft), width: box.width + indent, overflow: 'truncate' },
});

export const axisLook = {
  axisLine: { lineStyle: { color: '#9ca3af' } },
  axisTick: { lineStyle: { color: '#9ca3af' } },
  axisLabel: { ...text(11, soft), hideOverlap: true },
  splitLine: { show: false },
};
/** An axis of numbers. */
export const numbers = (more: object = {}): object => ({
  type: 'value',
  ...axisLook,
  axisLine: { show: false },
  axisTick: { show: false },
  axisLabel: { ...axisLook.axisLabel, formatter: numberText },
  splitLine: { show: true, lineStyle: { color: rule } },
  splitNumber: 4,
  ...more,
});

export const nothing: Panel = {
  xAxis: { type: 'category', data: [], ...axisLook },
  yAxis: { type: 'value', show: false },
  series: [],
};

/** What stands in a panel that has nothing to show. */
export const remark = ({ left, top, width, height }: Box, words: string) => ({
  ...{ text: words, left: left + width / 2, top: top + height * 0.375 - 8, textAlign: 'center', padding: 0 },
  textStyle: text(13, soft),
});

/** What a line of the week is. */
export const lineName = ({ left, top }: Box, name: string, color: string) => ({
  ...{ text: name, left: left - indent, top: top - 26, padding: 0 },
  textStyle: text(12, color, 'bold'),
});
