import type { Family } from '../../host/catalog/family.ts';
import { blue, font, ink, soft, text } from '../../host/report/look.ts';
import { momentPanel } from '../../host/report/panels.ts';
import type { Moment } from '../../host/report/readFeature.ts';
import { svgOf } from '../../host/report/svg.ts';

// The picture of a family: a small one of each feature, side by side.

/** So many points are drawn of a feature: a picture has to stay small. */
const mostPoints = 160;
/** A feature with fewer different values is drawn in steps. */
const fewValues = 6;
const columns = 3;
const tile = { width: 320, height: 112 };
const plot = { left: 58, top: 26, width: 244, height: 64 };

/** Values and times of a feature, of every so many rows the last one. */
function thinned(time: Float64Array, values: Float64Array): Moment[] {
  const step = Math.ceil(time.length / mostPoints);
  const first = (time.length - 1) % step;
  return Array.from({ length: Math.ceil(time.length / step) }, (_, i) => {
    const row = first + i * step;
    const value = values[row]!;
    return { time: time[row]!, value: Number.isNaN(value) ? null : value, price: null };
  });
}

const seen = (values: Float64Array): number => {
  const found = new Set<number>();
  for (const value of values) {
    if (!Number.isNaN(value)) found.add(value);
    if (found.size > fewValues) break;
  }
  return found.size;
};

const rounded = (numbers: string): string =>
  numbers.replaceAll(/-?\d+\.\d{2,}/g, number => String(Math.round(Number(number) * 10) / 10));

/** Without what echarts writes and nobody reads: the font at every text, places to a thousandth of a pixel. */
const shortened = (svg: string): string =>
  svg
    .replace('<svg ', `<svg font-family="${font}" font-size="11" `)
    .replaceAll(`font-size:11px;font-family:${font};`, '')
    .replaceAll(' style=""', '')
    .replaceAll(' pointer-events="visible"', '')
    .replaceAll(' dominant-baseline="central"', ' dy=".35em"')
    .replaceAll(/(?<= d="| transform=")[^"]*/g, rounded)
    .replaceAll('\n', '');

/** The picture of a family as SVG; `values` holds a column by the feature's name. */
export function familyPicture(
  { name: family, features }: Family,
  time: Float64Array,
  values: (feature: string) => Float64Array,
): string {
  const rows = Math.ceil(features.length / columns);
  const place = (i: number) => ({
    left: (i % columns) * tile.width,
    top: Math.floor(i / columns) * tile.height,
  });
  const columnsOf = features.map(({ name }) => values(name));
  const moments = columnsOf.map(own => thinned(time, own));
  const panels = moments.map((own, i) =>
    momentPanel(own, {
      data: own.map(({ value }) => value),
      color: blue,
      stepped: seen(columnsOf[i]!) < fewValues,
      // named once a column
      labels: i >= features.length - columns,
    }),
  );
  // where every bar is another day, a rule at each would be all there is to see
  const days = time.length > 1 && time[1]! - time[0]! < 86_400_000_000;
  const bare = { splitLine: { show: false }, axisTick: { show: false }, axisLabel: { show: false } };
  const title = (i: number, words: string, subtext = '') => ({
    ...{ text: words, subtext, left: place(i).left + 22, top: place(i).top + 6, padding: 0 },
    textStyle: text(11, ink, 'bold'),
    subtextStyle: text(11, soft),
  });
  const option = {
    animation: false,
    backgroundColor: '#ffffff',
    title: features.flatMap(({ name, unit }, i) => [
      title(i, unit === 'none' ? name : `${name} (${unit})`),
      ...(moments[i]!.every(({ value }) => value === null)
        ? [{ ...title(i, 'NULL throughout'), top: place(i).top + 50, left: place(i).left + 130 }]
        : []),
    ]),
    grid: features.map((_, i) => ({
      ...plot,
      left: place(i).left + plot.left,
      top: place(i).top + plot.top,
    })),
    xAxis: panels.map(({ xAxis }, gridIndex) => ({ gridIndex, ...xAxis, ...(days ? {} : bare) })),
    yAxis: panels.map(({ yAxis }, gridIndex) => ({ gridIndex, ...yAxis, splitNumber: 2 })),
    series: panels.flatMap(({ series }, i) =>
      series.map(one => ({ xAxisIndex: i, yAxisIndex: i, silent: true, ...one })),
    ),
  };
  const svg = svgOf(option, columns * tile.width, rows * tile.height + 8);
  return shortened(svg.replace('>', `><title>${family}</title>`));
}
