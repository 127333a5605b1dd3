import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([
  ...[BarChart, LineChart, SVGRenderer, GridComponent],
  ...[MarkAreaComponent, MarkLineComponent, TitleComponent],
]);

/** Without the names that count the pictures of this process, so that the same picture has the same bytes. */
const withoutCounters = (svg: string): string =>
  svg
    .replaceAll(/ class="zr\d+-cls-\d+"/g, '')
    .replace(/<style >[\s\S]*?<\/style>\s*/, '')
    .replaceAll(/\bzr\d+-/g, 'zr-');

/** A picture, in the terms of echarts, as SVG. */
export function svgOf(option: EChartsCoreOption, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    return withoutCounters(chart.renderToSVGString());
  } finally {
    // its clock would keep the process alive
    chart.dispose();
  }
}
