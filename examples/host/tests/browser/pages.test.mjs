// Every page at two widths, in light and dark.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { Browser, Host } from './scene.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PAGES = ['segments', 'segments/-new', 'segments/at-risk', 'contacts', 'contacts?segment=pro-trial', 'contacts/c-00001', 'leads', 'campaigns', 'insights', 'activity', 'fields'];
let host, browser;
before(async () => [host, browser] = await Promise.all([Host.start(), Browser.start()]));
after(async () => Promise.all([host.stop(), browser.stop()]));

for (const width of [1280, 390]) {
  for (const scheme of ['light', 'dark']) {
    test(`pages at ${width} in ${scheme} are quiet, fit, and are accessible`, async () => {
      const visitor = await browser.visit(host, { width, scheme });
      for (const path of PAGES) {
        await visitor.goto(path);
        const wide = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${path} scrolls sideways by ${wide}`);
        await visitor.page.evaluate(axe);
        const found = await visitor.page.evaluate(async () => (await axe.run()).violations.map(each => `${each.id}: ${each.nodes[0].html}`));
        assert.deepEqual(found, [], path);
      }
      await visitor.leave();
    });
  }
}

test('the pages of an empty workspace are quiet and say what to do', async () => {
  const visitor = await browser.visit(host);
  for (const path of PAGES.filter(path => !/at-risk|pro-trial|c-0/.test(path))) {
    await visitor.goto(path, 'empty');
  }
  await visitor.leave();
});

test('every page reads without scripts', async () => {
  const visitor = await browser.visit(host, { javaScriptEnabled: false });
  for (const path of PAGES) {
    await visitor.goto(path);
    assert.ok((await visitor.page.locator('main').innerText()).length > 50, path);
  }
  await visitor.leave();
});

test('a page is at most 100 KiB', async () => {
  for (const path of PAGES) {
    const page = await fetch(`${host.url}/console/crm/${path}`, { headers: { cookie: 'enlist_token=t' } });
    const bytes = (await page.arrayBuffer()).byteLength;
    assert.ok(bytes <= 100 * 1024, `${path}: ${bytes} bytes`);
  }
});

test('all files that pages use are at most 64 KiB gzipped', async () => {
  const used = new Set();
  for (const path of PAGES) {
    const page = await (await fetch(`${host.url}/console/crm/${path}`, { headers: { cookie: 'enlist_token=t' } })).text();
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]*\/-\/[^"]+)"/g)) used.add(address);
  }
  let bytes = 0;
  for (const address of used) bytes += gzipSync(Buffer.from(await (await fetch(host.url + address)).arrayBuffer()), { level: 9 }).length;
  assert.ok(used.size >= 6 && bytes <= 64 * 1024, `${bytes} bytes of ${[...used]}`);
});
