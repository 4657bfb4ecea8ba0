// Pages that stand open while something happens.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, Host, SOON, until } from './scene.mjs';

let host, browser;
before(async () => [host, browser] = await Promise.all([Host.start(), Browser.start()]));
after(async () => Promise.all([host.stop(), browser.stop()]));

/** The rule of one condition. */
const rule = (field, operator, value) => ({ match: 'all', conditions: [{ field, operator, value }] });

test('a contact that changes by the API is soon on the banner, the board, its own page and the activity', async () => {
  await host.api('PUT', 'crm/segments/testers', { name: 'Testers', rule: rule('labels', 'has_label', 'Tester') });
  await host.api('PATCH', 'crm/contacts/ada-1', { set: { name: 'Ada Tester' } });
  const visitor = await browser.visit(host);
  const pages = { contacts: 'contacts?segment=testers', leads: 'leads?column=testers', contact: 'contacts/ada-1', activity: 'activity?segment=testers' };
  const tabs = {};
  for (const [name, path] of Object.entries(pages)) {
    tabs[name] = await visitor.tab();
    await tabs[name].goto(path);
  }
  await tabs.contacts.page.bringToFront();
  await tabs.contacts.sees('.banner', '0 contacts match');
  await host.api('PATCH', 'crm/contacts/ada-1', { add_labels: ['Tester'] });
  const began = Date.now();
  for (const [name, tab] of Object.entries(tabs)) {
    // A tab in the background waits until it is seen.
    await tab.page.bringToFront();
    const where = { contacts: '.banner', leads: '.board', contact: 'main', activity: 'main' }[name];
    const what = { contacts: '1 contact matches', leads: 'Ada Tester', contact: /In \d segment.*Testers.*Not in/, activity: /Ada Tester entered Testers.*label Tester/ }[name];
    await tab.sees(where, what, SOON);
  }
  console.log(`four pages after ${Date.now() - began} ms`);
  await visitor.leave();
});

test('the next midnight moves a card that is named', async () => {
  const { contacts } = await host.api('GET', 'crm/contacts?segment=new-this-week&sort=created_at&order=asc&size=1');
  const [{ contact: id }] = contacts;
  const visitor = await browser.visit(host);
  await visitor.goto('contacts?segment=new-this-week&sort=created_at');
  const { page } = visitor;
  const card = page.locator(`main a[href$="/contacts/${id}"]`);
  await card.first().waitFor();
  await page.getByRole('button', { name: 'Next midnight' }).click();
  await until(async () => (await card.count()) === 0, SOON);
  await visitor.sees('.clock', '27 Nov 2026, 00:00');
  await visitor.leave();
});

test('a frozen audience stands still while its campaign changes, and its download has the frozen ids', async () => {
  for (const id of ['ben-1', 'cyd-1']) await host.api('PATCH', `crm/contacts/${id}`, { add_labels: ['Frost'] });
  await host.api('PUT', 'crm/segments/frost', { name: 'Frost', rule: rule('labels', 'has_label', 'Frost') });
  const visitor = await browser.visit(host);
  const { page } = visitor;
  await visitor.goto('campaigns/-new');
  await page.fill('#campaign-name', 'Winter');
  await page.check('input[name=include][value=frost]');
  await page.click('button[value=save]');
  await page.waitForURL('**/campaigns/winter');
  await visitor.sees('main', '2 contacts now');
  await page.getByRole('button', { name: /^Freeze/ }).first().click();
  const name = page.locator('form[action$="/audiences"] input[name=name]');
  if (!(await name.isVisible())) await page.getByRole('button', { name: /^Freeze/ }).first().click();
  await page.locator('form[action$="/audiences"] button').last().click();
  await page.locator('a[href$="contacts.csv"]').first().waitFor();
  await host.api('PATCH', 'crm/contacts/ben-1', { remove_labels: ['Frost'] });
  await visitor.sees('main', '1 contact now');
  const href = await page.locator('a[href$="contacts.csv"]').first().getAttribute('href');
  const csv = await (await page.request.get(host.url + href)).text();
  assert.deepEqual(csv.trim().split('\n').slice(1).map(line => line.split(',')[0]).sort(), ['ben-1', 'cyd-1']);
  await visitor.leave();
});

test('a page whose host was killed says so, and is right again by itself when there is a host', async () => {
  const away = await Host.start({ contacts: 300 });
  const visitor = await browser.visit(away);
  await visitor.goto('contacts?q=nobody-yet');
  await visitor.sees('main', 'No contact');
  visitor.mayLose = true;
  await away.stop('SIGKILL');
  await visitor.page.getByText('Reconnecting…').waitFor({ timeout: 10_000 });
  const again = await Host.start({ contacts: 300, listen: away.listen });
  await again.api('PATCH', 'crm/contacts/nobody-yet-1', { set: { name: 'Zoe' } });
  await visitor.sees('main', 'Zoe', 10_000);
  await visitor.page.getByText('Reconnecting…').waitFor({ state: 'hidden' });
  await visitor.leave();
  await again.stop();
});
