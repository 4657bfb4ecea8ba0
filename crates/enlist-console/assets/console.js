// What pages do beyond htmx. Every page reads, and every form works, without it.
'use strict';
// Forms on live pages: what somebody has typed stays when the page is drawn again, and a why that was opened stays open.
{
  const typed = new WeakSet();
  document.addEventListener('input', ({ target }) => { const row = target.closest('.draft .value'); if (row) typed.add(row); });
  htmx.registerExtension('typed', {
    htmx_before_morph_node: (element) => !typed.has(element),
    htmx_before_morph_attr: (element, { attrName }) => !(attrName === 'open' && element.matches('details.explained')),
  });
}
