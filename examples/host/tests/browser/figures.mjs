// Figures of the console: how long from a key in the builder to the count, in a workspace of 100,000 contacts, and how large pages and
// files are.
import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser, Host } from './scene.mjs';

const KEYS = 60;
const contacts = Number(process.argv[2] ?? 100_000);
const [host, browser] = await Promise.all([Host.start({ contacts }), Browser.start()]);
const visitor = await browser.visit(host);
const { page } = visitor;

await visitor.goto('segments/-new');
await page.selectOption('#f2', 'last_activity_at');
await page.waitForSelector('[id="o2-last_activity_at"]');
await page.selectOption('[id="o2-last_activity_at"]', 'is_in_last_7_days');
await page.waitForSelector('.count strong');
await page.click('#a1');
await page.waitForSelector('#f3:focus');
await page.selectOption('#f3', 'revenue');
await page.waitForSelector('[id="o3-revenue"]');
await page.selectOption('[id="o3-revenue"]', 'greater_than');
await page.waitForSelector('#r3 input');
await page.evaluate(() => {
  window.waits = [];
  let pressed;
  document.addEventListener('input', () => { pressed = performance.now(); });
  // The count is drawn in the frame after the swap.
  document.addEventListener('htmx:after:swap', () => requestAnimationFrame(() => { if (pressed) waits.push(performance.now() - pressed); pressed = null; }));
});
await page.focus('#r3 input');
for (let key = 0; key < KEYS; key += 1) {
  if (key % 4 === 3) await page.keyboard.press('Backspace');
  else await page.keyboard.press(`${key % 9 + 1}`);
  if (key % 4 === 3) await page.fill('#r3 input', '');
  await sleep(500);
}
const waits = (await page.evaluate(() => waits)).sort((one, other) => one - other);
const at = share => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))].toFixed(0);
console.log(`key to count at ${contacts} contacts: median ${at(0.5)} ms, p95 ${at(0.95)} ms, of ${waits.length} keys`);

const bytes = async path => Buffer.from(await (await fetch(`${host.url}/console/${path}`, { headers: { cookie: 'enlist_token=t' } })).arrayBuffer());
for (const path of ['segments', 'segments/at-risk', 'contacts', 'leads', 'campaigns', 'insights', 'activity', 'fields']) {
  console.log(`${path}: ${((await bytes(`crm/${path}`)).length / 1024).toFixed(1)} KiB`);
}
let all = 0;
for (const name of ['console.css', 'console.js', 'htmx.min.js', 'hx-sse.min.js', 'Sortable.min.js', 'uPlot.iife.min.js', 'uPlot.min.css']) {
  all += gzipSync(await bytes(`-/${name}`), { level: 9 }).length;
}
console.log(`all files gzipped: ${(all / 1024).toFixed(1)} KiB`);
await visitor.leave();
await Promise.all([host.stop(), browser.stop()]);
