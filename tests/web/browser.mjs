// Debian's Chromium without a head, and witnesses of what no page of ours may do: errors in the
// console, exceptions, requests to another host.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { chromium } from 'playwright-core';

const SCREENSHOTS = process.env.KITH_SCREENSHOTS ?? 'screenshots';
// A folder (gateway/pages) whose files take the place of those in kithd: a changed page is tried
// without building it. Unset: what kithd holds.
const PAGES = process.env.KITH_PAGES;
const PATHS = { '/': 'index.html', '/console': 'console.html', '/docs': 'docs.html',
  '/kith.js': 'kith/kith.js' };
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

/** Both begin and end with the tests of a file, each of which answers for what its pages did. */
export function browserOf(kithd) {
  const browser = new Browser(kithd);
  before(async () => {
    await kithd.start();
    await browser.launch();
  });
  after(async () => {
    await browser.chromium?.close();
    await kithd.remove();
  });
  afterEach(() => assert.deepEqual(browser.faults.splice(0).slice(0, 3), []));
  return browser;
}

export const PASSWORD = 'kith-demo-password';  // of all who are in --demo
/** Logs ada and bob in, once the server of browserOf() is up: their tokens and ids, by name. */
export function demoLogins(kithd) {
  const tokens = {};
  const ids = {};
  before(async () => {
    for (const name of ['ada', 'bob']) {
      const { access_token: token, user } = await kithd.login(`${name}@demo.kith`, PASSWORD);
      tokens[name] = token;
      ids[name] = user.id;
    }
  });
  return { tokens, ids };
}

class Browser {
  constructor(kithd) {
    this.kithd = kithd;
    this.chromium = null;
    this.faults = [];
    this.serverIsDown = false;
  }
  async launch() {
    this.chromium = await chromium.launch({
      executablePath: process.env.KITH_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--force-color-profile=srgb',
        // A page that comes from a folder counts as one from far away.
        ...(PAGES ? ['--disable-features=LocalNetworkAccessChecks'] : [])],
    });
  }

  /** One of the two demo users, signed in. */
  async comeIn(name, options) {
    const page = await this.person(options);
    await page.click(`[data-demo="${name}"]`);
    await page.waitForSelector('#state[data-state="live"]');
    return page;
  }

  /** A person of their own: nothing is shared with the others'. */
  async person(options = {}) {
    const context = await this.chromium.newContext({ viewport: { width: 1100, height: 720 },
      colorScheme: 'light', locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(60000);
    context.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      const ours = host === new URL(this.kithd.origin).host && ['http:', 'ws:'].includes(protocol);
      if (!ours) this.faults.push(`a request to ${request.url()}`);
    });
    if (PAGES) await context.route((url) => url.origin === this.kithd.origin, this._fromFolder());
    context.on('page', (page) => this._watch(page));
    const page = await context.newPage();
    await page.goto(`${this.kithd.origin}/`);
    return page;
  }
  _fromFolder() {
    let policy = null;
    return async (route) => {
      const { pathname } = new URL(route.request().url());
      const name = PATHS[pathname] ?? pathname.match(/^\/assets\/([\w.]+)$/)?.[1];
      const path = name && join(PAGES, name);
      if (!path || !existsSync(path)) return route.fallback();
      policy ??= (await this.kithd.ask('GET', '/')).headers.get('content-security-policy');
      return route.fulfill({ path, headers: { 'Content-Type': TYPES[name.split('.').at(-1)],
        'Content-Security-Policy': policy } });
    };
  }
  _watch(page) {
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).host !== new URL(this.kithd.origin).host) {
        this.faults.push(`a socket to ${socket.url()}`);
      }
    });
    page.on('pageerror', (error) => this.faults.push(`an exception: ${error.stack}`));
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      // The browser's own words for a server that is not there: said by no line of ours.
      const network = /net::ERR_|WebSocket connection to|status of 503/.test(message.text());
      if (network && this.serverIsDown) return;
      this.faults.push(`in the console: ${message.text()} (${message.location().url})`);
    });
  }
}

/** A chat is in sight, and the newest page of its messages is there. */
export async function roomIsOpen(page, name = 'Tea kitchen') {
  await page.waitForSelector(`#chat:not([hidden]) #chat-name:has-text("${name}")`);
  await page.waitForSelector('#list[aria-busy="false"]', { state: 'attached' });
}
export async function openRoom(page, name = 'Tea kitchen') {
  await page.click(`#chats button:has-text("${name}")`);
  await roomIsOpen(page, name);
}
export async function write(page, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}
export const line = (page, text) =>
  page.locator('.message', { has: page.locator(`.text:text-is("${text}")`) });
export const lines = (page) => page.locator('.message .text').allTextContents();

export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
