// The pictures of docs/console: every page at 1280 in light, and some in dark and at 390. The clock and the seed of the demo are fixed, so
// the same program draws the same pictures.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser, Host } from './scene.mjs';

const folder = process.argv[2];
const [host, browser] = await Promise.all([Host.start(), Browser.start()]);
await mkdir(folder, { recursive: true });

/** "Recent Instagram leads", half built: what a marketer sees before she saves. */
async function build({ page }) {
  await page.fill('#name', 'Recent Instagram leads');
  await page.selectOption('#f2', 'created_at');
  await page.waitForSelector('[id="o2-created_at"]');
  await page.selectOption('[id="o2-created_at"]', 'is_in_last_7_days');
  await page.waitForSelector('.count strong');
  await page.click('#a1');
  await page.waitForSelector('#f3:focus');
  await page.selectOption('#f3', 'conversation.channel');
  await page.waitForSelector('[id^="v3-"]');
  await page.selectOption('[id^="v3-"]', 'instagram');
  await page.waitForFunction(() => !document.querySelector('.unfinished'));
  const someone = (await page.locator('.sample a').first().getAttribute('href')).split('/').pop();
  await page.fill('#contact', someone);
  await page.waitForSelector('.why');
}

/** "Spring offer", half made: its size is counted before it is kept. */
async function campaign({ page }) {
  await page.fill('#campaign-name', 'Spring offer');
  for (const choice of ['include" i][value="pro-trial', 'include" i][value="newsletter', 'exclude" i][value="at-risk']) {
    await page.check(`input[name="${choice}"]`);
  }
  await page.click('button[value=save]');
  await page.waitForURL('**/campaigns/spring-offer');
}

const PAGES = {
  segments: ['segments'],
  builder: ['segments/-new', build],
  contacts: ['contacts?segment=new-this-week'],
  leads: ['leads'],
  contact: ['contacts/c-05447'],
  fields: ['fields'],
  campaigns: ['campaigns/-new', campaign],
  insights: ['insights'],
  activity: ['activity'],
};
const MODES = { '': {}, '-dark': { scheme: 'dark' }, '-390': { width: 390, height: 844 } };
for (const [suffix, mode] of Object.entries(MODES)) {
  const visitor = await browser.visit(host, mode);
  for (const [name, [path, prepare]] of Object.entries(PAGES)) {
    if (suffix && !['segments', 'builder', 'leads'].includes(name)) continue;
    await visitor.goto(path);
    await prepare?.(visitor);
    // Whatever comes in comes in, and nothing blinks.
    await visitor.page.evaluate(() => document.activeElement?.blur());
    await sleep(700);
    await visitor.page.screenshot({ path: join(folder, `${name}${suffix}.png`) });
  }
  visitor.mayLose = true;
  await visitor.page.goto('about:blank');
  await visitor.leave();
}
await Promise.all([host.stop(), browser.stop()]);
