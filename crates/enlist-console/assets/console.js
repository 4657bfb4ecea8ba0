// What pages do beyond htmx. Every page reads, and every form works, without it.
'use strict';

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
