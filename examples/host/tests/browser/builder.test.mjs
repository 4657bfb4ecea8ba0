// The builder, by keyboard and while somebody types faster than the host answers.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser, Host, until } from './scene.mjs';

let host, browser;
before(async () => [host, browser] = await Promise.all([Host.start(), Browser.start()]));
after(async () => Promise.all([host.stop(), browser.stop()]));

/** Tab until an element has the focus. */
async function tabTo(page, selector) {
  for (let steps = 0; steps < 40; steps += 1) {
    if (await page.evaluate(selector => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no Tab leads to ${selector}`);
}

/** Chooses what is focused, a list, by the letters of an option. */
async function choose(page, letters) {
  await page.keyboard.type(letters);
}

/** How many the preview counts, when no answer is awaited. */
async function counted(page) {
  await sleep(600);
  return (await page.locator('.count strong').textContent()).replaceAll(',', '');
}

test('by keyboard alone a segment is built, and holds as many as the API says', async () => {
  const visitor = await browser.visit(host);
  const { page } = visitor;
  await visitor.goto('segments');
  await tabTo(page, 'a[href$="segments/-new"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#name:focus');
  await page.keyboard.type('Recent Instagram leads');
  await tabTo(page, '#f2');
  await choose(page, 'Created');
  await page.waitForSelector('[id="o2-created_at"]');
  await tabTo(page, '[id="o2-created_at"]');
  await choose(page, 'is in last 7');
  await tabTo(page, '#a1');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#f3:focus');
  await choose(page, 'Channel');
  await page.waitForSelector('[id^="v3-"]');
  await tabTo(page, '[id^="v3-"]');
  await choose(page, 'instagram');
  await until(async () => (await page.locator('#save').isEnabled()) && (await counted(page)) > 0);
  const shown = await counted(page);
  await page.keyboard.press('Control+Enter');
  await page.waitForURL('**/segments/recent-instagram-leads');
  assert.equal((await host.api('GET', 'crm/segments/recent-instagram-leads/count')).count, Number(shown));
  await visitor.leave();
});

test('what is wrong is marked at its row, keeps the rest from being saved, and can be mended', async () => {
  const visitor = await browser.visit(host);
  const { page } = visitor;
  await visitor.goto('segments/-new');
  await page.fill('#name', 'Big');
  await page.selectOption('#f2', 'revenue');
  await page.selectOption('[id="o2-revenue"]', 'greater_than');
  await page.fill('#r2 input', 'many');
  await visitor.sees('#s2', 'a finite number');
  assert.ok(await page.locator('#save').isDisabled());
  await page.fill('#r2 input', '500');
  await until(async () => page.locator('#save').isEnabled());
  assert.equal(await page.locator('#s2 .problem').count(), 0);
  await visitor.leave();
});

test('forty keys with answers held back are all there, and the caret where it was', async () => {
  const visitor = await browser.visit(host);
  const { page } = visitor;
  await visitor.goto('segments/-new');
  await page.selectOption('#f2', 'name');
  await page.waitForSelector('[id="o2-name"]');
  await page.route('**/segments/-new', async route => {
    if (route.request().method() === 'POST') await sleep(400);
    await route.continue().catch(() => {});
  });
  const text = 'forty keys, one every thirty millisecond.';
  await page.focus('#r2 input');
  await page.keyboard.type(text, { delay: 30 });
  for (let steps = 0; steps < 5; steps += 1) await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('XY', { delay: 200 });
  await sleep(1500);
  const input = page.locator('#r2 input');
  assert.equal(await input.inputValue(), `${text.slice(0, -5)}XY${text.slice(-5)}`);
  assert.equal(await input.evaluate(input => input === document.activeElement && input.selectionStart), text.length - 3);
  await visitor.leave();
});

test('of two tabs that save, the second sees both rules and decides', async () => {
  const visitor = await browser.visit(host);
  const other = await visitor.tab();
  await visitor.goto('segments/high-revenue');
  await other.goto('segments/high-revenue');
  await visitor.page.fill('#r2 input', '600');
  await until(async () => visitor.page.locator('#save').isEnabled() && (await counted(visitor.page)));
  await Promise.all([visitor.page.waitForNavigation(), visitor.page.click('#save')]);
  await other.page.fill('#r2 input', '700');
  await counted(other.page);
  await other.page.click('#save');
  await other.sees('.conflict', 'is at least 600');
  await other.sees('.conflict', 'is at least 700');
  await Promise.all([other.page.waitForNavigation(), other.page.click('.conflict button')]);
  assert.equal(await other.page.inputValue('#r2 input'), '700');
  await visitor.leave();
});

test('a segment in use is not deleted, another is, and no contact goes with it', async () => {
  const visitor = await browser.visit(host);
  const { page } = visitor;
  const contacts = (await host.api('GET', 'crm')).contacts;
  await visitor.goto('segments/paying');
  assert.ok(await page.locator('.delete button').isDisabled());
  await visitor.sees('.delete', 'At risk');
  await visitor.goto('segments/german-phones');
  await page.click('.delete button');
  await page.waitForURL('**/crm/segments');
  assert.equal((await host.api('GET', 'crm')).contacts, contacts);
  await visitor.leave();
});

test('leaving what is unsaved asks, and leaving what is saved does not', async () => {
  const visitor = await browser.visit(host);
  const { page } = visitor;
  const asked = [];
  page.on('dialog', dialog => asked.push(dialog.type()));
  await visitor.goto('segments/newsletter');
  await page.fill('#name', 'Readers');
  await page.waitForSelector('.builder[data-unsaved]');
  await visitor.goto('contacts');
  assert.deepEqual(asked, ['beforeunload']);
  await visitor.goto('segments/newsletter');
  await visitor.goto('contacts');
  assert.equal(asked.length, 1);
  await visitor.leave();
});
