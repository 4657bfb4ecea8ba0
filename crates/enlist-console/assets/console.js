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
