// A host with its demo, and a browser that looks at its console.
//
// The host is the program that ENLIST_HOST names, the browser the one that CHROMIUM names. What a page must never do is collected while
// it is open: an error, a violation of its policy, a request to another origin, a dialog that it was not told to answer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const TOKEN = 't';
/** What the demo's clock reads when the host starts: a Thursday, ten in the morning in Berlin. */
export const NOW = '2026-11-26T09:00:00Z';
/** Within how many milliseconds what happened is on an open page. */
export const SOON = Number(process.env.ENLIST_TEST_SOON_MS ?? 2000);

/** Waits until `holds` does, and returns what it returned. */
export async function until(holds, most = 30_000) {
  for (const end = Date.now() + most; Date.now() < end; await sleep(20)) {
    const held = await holds();
    if (held) return held;
  }
  assert.fail(`not within ${most} ms: ${holds}`);
}

/** A host whose demo is loaded. */
export class Host {
  static async start({ listen = '127.0.0.1:0', contacts = 5000, feed = 0 } = {}) {
    const host = new Host();
    const flags = { listen, token: TOKEN, now: NOW, contacts, feed, seed: 1 };
    const given = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    host.process = spawn(process.env.ENLIST_HOST, given, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(host.process.stdout), 'line');
    host.url = new URL(line).origin;
    await until(async () => (await host.api('GET', 'crm').catch(() => ({}))).now >= NOW);
    return host;
  }

  /** Asks the API about what is below `/v1/workspaces/`. */
  async api(method, path, body) {
    const response = await fetch(`${this.url}/v1/workspaces/${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  }

  get listen() {
    return new URL(this.url).host;
  }

  async stop(signal = 'SIGINT') {
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }
}

/** A browser. */
export class Browser {
  static async start() {
    const browser = new Browser();
    // Without a sandbox of its own: containers seldom allow one.
    browser.chromium = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
    return browser;
  }

  /** A tab of a visitor of its own who has come in by the address that the host printed. */
  async visit(host, { width = 1280, height = 900, scheme = 'light', javaScriptEnabled = true } = {}) {
    const context = await this.chromium.newContext({ viewport: { width, height }, colorScheme: scheme, javaScriptEnabled });
    const visitor = new Visitor(host, context);
    await visitor.open();
    await visitor.page.goto(`${host.url}/console?token=${TOKEN}`);
    return visitor;
  }

  async stop() {
    await this.chromium.close();
  }
}

/** A tab, and what its pages did that they must not. */
export class Visitor {
  /** While a host is away, its pages cannot but find that it is. */
  mayLose = false;
  wrongs = [];

  constructor(host, context) {
    Object.assign(this, { host, context });
  }

  async open() {
    const page = await this.context.newPage();
    page.setDefaultTimeout(10_000);
    const wrong = what => this.mayLose || this.wrongs.push(`${new URL(page.url()).pathname}: ${what}`);
    page.on('console', message => ['error', 'warning'].includes(message.type()) && wrong(message.text()));
    page.on('pageerror', error => wrong(error.stack));
    page.on('request', request => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== this.host.url && protocol !== 'data:') wrong(`asks ${request.url()}`);
    });
    page.on('dialog', dialog => {
      if (dialog.type() !== 'beforeunload') wrong(`says ${dialog.message()}`);
      dialog.accept().catch(() => {});
    });
    this.page = page;
    return page;
  }

  /** Another tab of the same visitor. */
  async tab() {
    const other = new Visitor(this.host, this.context);
    other.wrongs = this.wrongs;
    await other.open();
    return other;
  }

  async goto(path, workspace = 'crm') {
    const response = await this.page.goto(`${this.host.url}/console/${workspace}/${path}`);
    assert.equal(response.status(), 200, path);
  }

  /** Waits until an element says a text or matches a pattern. */
  async sees(selector, text, most = SOON) {
    const matches = said => (text instanceof RegExp ? text.test(said) : said.includes(text));
    let said = '';
    for (const end = Date.now() + most; ; await sleep(20)) {
      said = (await this.page.locator(selector).allTextContents()).join(' ').replace(/\s+/g, ' ');
      if (matches(said)) return said;
      if (Date.now() > end) assert.fail(`${selector} says ${JSON.stringify(said.slice(0, 300))}, not ${text}, after ${most} ms`);
    }
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.wrongs, []);
  }
}
