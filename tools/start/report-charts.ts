/** The charts of the report, as SVG text: drawn here, so that the page needs no script and no network. */
import { BarChart, CustomChart } from 'echarts/charts';
import { GridComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Span } from './stages.ts';

use([BarChart, CustomChart, GridComponent, TitleComponent, SVGRenderer]);

const BLUE = '#2f6bb0';
const WIDTH = 520;
const HEIGHT = 260;

function draw(option: Record<string, unknown>, height = HEIGHT): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: 'system-ui, sans-serif' }, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** Labels are measured without a browser: a font that is wider there needs room. */
const grid = { left: 28, right: 50, top: 10, bottom: 10, outerBoundsMode: 'same' };

/** Counts by name, the greatest first, as bars with their numbers. */
export function countBars(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => a - b);
  if (entries.length === 0) return '<p>none</p>';
  return draw(
    {
      grid,
      xAxis: { type: 'value', minInterval: 1 },
      yAxis: { type: 'category', data: entries.map(([name]) => name) },
      series: [
        {
          type: 'bar',
          data: entries.map(([, count]) => count),
          itemStyle: { color: BLUE },
          barMaxWidth: 22,
          label: {
            show: true,
            position: 'right',
            formatter: ({ value }: { value?: unknown }) => Number(value).toLocaleString('en-US'),
          },
        },
      ],
    },
    Math.max(120, 40 + entries.length * 30),
  );
}

const BINS = 24;

/** How many invoices ask for how much: bins of equal width up to the 99th percentile, the rest in the last. */
export function amountHistogram(amounts: readonly number[]): string {
  if (amounts.length === 0) return '<p>no invoices</p>';
  const sorted = [...amounts].sort((a, b) => a - b);
  const top = Math.max(1, sorted[Math.floor(sorted.length * 0.99)] ?? 1);
  const width = Math.max(1000, Math.ceil(top / BINS / 1000) * 1000);
  const bins = Array.from({ length: Math.ceil((top + 1) / width) }, () => 0);
  for (const amount of amounts) {
    const bin = Math.min(bins.length - 1, Math.floor(amount / width));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return draw({
    grid,
    xAxis: { type: 'category', data: bins.map((_, index) => `${(index * width) / 1000}k`), name: 'won' },
    yAxis: { type: 'value', minInterval: 1 },
    series: [{ type: 'bar', data: bins, itemStyle: { color: BLUE }, barCategoryGap: '8%' }],
  });
}

/** The stages on one line of time, real seconds. */
export function timeline(spans: readonly Span[], end: number): string {
  const rows = spans.map(({ name, from, to }) => ({ name, from: from / 1000, to: (to ?? end) / 1000 }));
  if (rows.length === 0) return '<p>none</p>';
  return draw(
    {
      grid,
      xAxis: { type: 'value', name: 's' },
      yAxis: { type: 'category', inverse: true, data: rows.map(({ name }) => name) },
      series: [
        {
          type: 'bar',
          stack: 'time',
          silent: true,
          itemStyle: { color: 'transparent' },
          data: rows.map(({ from }) => from),
        },
        {
          type: 'bar',
          stack: 'time',
          itemStyle: { color: BLUE },
          barMaxWidth: 18,
          data: rows.map(({ from, to }) => Math.max(0.02, to - from)),
          label: {
            show: true,
            position: 'right',
            formatter: ({ value }: { value: number }) => `${value.toFixed(1)} s`,
          },
        },
      ],
    },
    60 + rows.length * 28,
  );
}
