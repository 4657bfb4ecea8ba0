// What pages do beyond htmx. Every page reads, and every form works, without it.
'use strict';

// The stream of a page: "Reconnecting…" from an error until it is there again.
const lost = shown => { const note = document.querySelector('.lost'); if (note) note.hidden = !shown; };
document.addEventListener('htmx:sse:error', () => lost(true));
document.addEventListener('htmx:sse:after:connection', () => lost(false));

// A number that changed is tinted for a moment.
const still = matchMedia('(prefers-reduced-motion: reduce)');
new MutationObserver(changes => {
  if (still.matches) return;
  for (const { target } of changes) {
    const element = target.parentElement;
    if (element?.closest('main') && /^[+−]?[\d,]+$/.test(target.data.trim())) {
      element.animate([{ backgroundColor: 'color-mix(in srgb, currentColor 25%, transparent)' }, {}], 600);
    }
  }
}).observe(document.documentElement, { subtree: true, characterData: true });

// The builder: rows move by Alt and arrows, Ctrl+Enter saves, and leaving what is unsaved asks.
let leaves = false;
document.addEventListener('keydown', event => {
  const builder = event.target.closest?.('.builder');
  if (!builder) return;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    builder.requestSubmit(document.getElementById('save-now'));
  } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    const row = event.target.closest('.row');
    if (!row) return;
    event.preventDefault();
    document.getElementById((event.key === 'ArrowUp' ? 'u' : 'd') + row.id.slice(1))?.click();
  }
});
document.addEventListener('input', () => { leaves = false; });
document.addEventListener('submit', event => { leaves = /^(save|overwrite|delete)/.test(event.submitter?.value ?? ''); }, true);
document.addEventListener('click', event => { if (event.target.closest?.('[data-leave]')) leaves = true; }, true);
addEventListener('beforeunload', event => {
  if (!leaves && document.querySelector('.builder[data-unsaved]')) event.preventDefault();
});

// Forms on live pages: what somebody has typed stays when the page is drawn again, and a why that was opened stays open.
{
  const typed = new WeakSet();
  document.addEventListener('input', ({ target }) => { const row = target.closest('.draft .value'); if (row) typed.add(row); });
  htmx.registerExtension('typed', {
    htmx_before_morph_node: (element) => !typed.has(element),
    htmx_before_morph_attr: (element, { attrName }) => !(attrName === 'open' && element.matches('details.explained')),
  });
}

// A choice that is a question by itself is sent when it is made.
document.addEventListener('change', ({ target }) => {
  if (target.matches('select[data-submit]')) target.form.requestSubmit();
});

// The board: a column is dragged by its header, and the new order is sent as a form. While one is held, redraws leave the board alone.
const arrangeable = () => {
  const board = document.getElementById('board'), form = document.getElementById('column-order');
  if (!board || !form || !window.Sortable || Sortable.get(board)) return;
  const hold = (isHeld) => board.toggleAttribute('hx-morph-skip', isHeld);
  new Sortable(board, {
    draggable: '.column', handle: '.column > header', filter: 'select, button, .menu, .menu *', preventOnFilter: false,
    delay: 150, delayOnTouchOnly: true, onChoose: () => hold(true),
    // What was drawn meanwhile is fetched, unless the new order is on its way.
    onUnchoose: () => { hold(false); setTimeout(() => board.missed && !form.elements.column && location.reload()); },
    onUpdate: () => {
      hold(true);
      const columns = [...board.querySelectorAll('.column')].map(({ dataset }) =>
        Object.assign(document.createElement('input'), { type: 'hidden', name: 'column', value: dataset.column }));
      form.replaceChildren(form.elements.do, ...columns);
      form.requestSubmit();
    },
  });
};
arrangeable();
document.addEventListener('htmx:after:swap', () => {
  const held = document.querySelector('#board[hx-morph-skip]');
  if (held) held.missed = true;
  arrangeable();
});

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
