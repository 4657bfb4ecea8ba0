// What pages do beyond htmx. Every page reads, and every form works, without it.
'use strict';

// Insights: pictures of the numbers in the tables below them, drawn again when those have changed.
const plots = new Map(), HEIGHT = 260;
const dashes = [[], [8, 4], [2, 4], [12, 4, 2, 4]], borders = ['solid', 'dashed', 'dotted', 'double'];
const numbersOf = (figure, heads) => {
  const rows = [...figure.querySelectorAll('.numbers tbody tr')].reverse();
  const cell = (text, sign) => (text === '' ? null : sign * Number(text.replace(/,/g, '')));
  return [rows.map((row) => Date.parse(row.querySelector('time').dateTime) / 1000), ...heads.map((head, at) =>
    rows.map((row) => cell(row.cells[at + 1].textContent, 'left' in head.dataset ? -1 : 1)))];
};
const lookOf = (figure, heads, data) => {
  const { color, borderTopColor: line } = getComputedStyle(figure);
  const short = data[0].at(-1) - data[0][0] < 2.5 * 86400;
  const moment = (parts) => new Intl.DateTimeFormat('en-GB', { timeZone: figure.dataset.zone, ...parts });
  const tick = moment(short ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' });
  const whole = moment({ dateStyle: 'medium', timeStyle: 'short' });
  const shown = (value) => (value === null ? '–' : Math.abs(value).toLocaleString('en'));
  const axis = { stroke: color, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width: figure.clientWidth, height: HEIGHT, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), figure.dataset.zone),
    legend: { markers: { width: 3, dash: (_, at) => borders[heads[at - 1]?.dataset.line % borders.length] } },
    axes: [{ ...axis, values: (_, at) => at.map((each) => tick.format(each * 1000)).map((each, index, all) => (each === all[index - 1] ? '' : each)) },
      { ...axis, size: 64, values: (_, at) => at.map(shown) }],
    series: [{ label: 'When', value: (_, at) => (at === null ? '–' : whole.format(at * 1000)) }, ...heads.map((head) => ({
      label: head.textContent, width: 2, dash: dashes[head.dataset.line % dashes.length], points: { show: false },
      stroke: getComputedStyle(head.querySelector('.chip')).borderLeftColor, value: (_, value) => shown(value),
    }))],
  };
};
const plot = (figure) => {
  const host = figure.querySelector('.plot'), heads = [...figure.querySelectorAll('.numbers thead th')].slice(1);
  const data = numbersOf(figure, heads), text = JSON.stringify(data), known = plots.get(host);
  const key = heads.map((head) => head.textContent).join('\n') + getComputedStyle(figure).color;
  if (known?.key === key) {
    if (known.text !== text) known.chart.setData(data);
    known.text = text;
  } else if (data[0].length > 0) {
    known?.chart.destroy();
    plots.set(host, { key, text, chart: new uPlot(lookOf(figure, heads, data), data, host) });
  }
};
if (window.uPlot) {
  const plotAll = () => document.querySelectorAll('figure[data-plot]').forEach(plot);
  const sized = new ResizeObserver(() => plots.forEach(({ chart }, host) => {
    if (chart.width !== host.clientWidth) chart.setSize({ width: host.clientWidth, height: HEIGHT });
  }));
  plotAll();
  document.querySelectorAll('.plot').forEach((host) => sized.observe(host));
  document.addEventListener('htmx:after:swap', plotAll);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', plotAll);
}
