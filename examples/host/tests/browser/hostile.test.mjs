// Ids, names, labels, options and values that look like markup, scripts, templates or formulas are text wherever they show.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, Host } from './scene.mjs';

const HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '{{7*7}}', 'javascript:alert(1)', '\u202eevil', ']]>', 'hx-get=/v1', '=cmd()', '..', '%2e%2e/a?b#c', '😀'.repeat(64)];
let host, browser;
before(async () => [host, browser] = await Promise.all([Host.start({ contacts: 50 }), Browser.start()]));
after(async () => Promise.all([host.stop(), browser.stop()]));

/** An id as a part of a path. */
const part = id => (/^[.~]/.test(id) ? '~' : '') + encodeURIComponent(id);

test('what is hostile is text on every page, and nothing of it runs', async () => {
  await host.api('PUT', 'empty/fields/plan', { kind: 'select' });
  for (const text of HOSTILE) {
    await host.api('PATCH', `empty/contacts/${part(text)}`, { set: { name: text, plan: text, phone: '+49 30 1' }, add_labels: [text] });
    const rule = { match: 'all', conditions: [{ field: 'labels', operator: 'has_label', value: text }] };
    await host.api('PUT', `empty/segments/${part(text)}`, { name: text, rule });
  }
  const visitor = await browser.visit(host);
  const { page } = visitor;
  const each = HOSTILE.flatMap(text => [`contacts/${part(text)}`, `segments/${part(text)}`, `contacts?segment=${encodeURIComponent(text)}`]);
  for (const path of ['segments', 'segments/-new', 'contacts', 'leads', 'campaigns', 'insights', 'activity', 'fields', ...each]) {
    await visitor.goto(path, 'empty');
    const strange = await page.evaluate(() => document.querySelectorAll('main img, main script, main [onerror], main [hx-get]').length);
    assert.equal(strange, 0, path);
  }
  await visitor.goto('contacts', 'empty');
  for (const text of HOSTILE) assert.ok((await page.locator('main').textContent()).includes(text), text);
  await visitor.leave();
});
