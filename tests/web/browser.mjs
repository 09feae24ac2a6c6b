// Debian's Chromium without a head, and witnesses of what no page of ours may do: errors in the
// console, exceptions, requests to another host.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SCREENSHOTS = process.env.KITH_SCREENSHOTS ?? 'screenshots';

export class Browser {
  static async launch(kithd) {
    const browser = new Browser();
    browser.kithd = kithd;
    browser.faults = [];
    browser.serverIsDown = false;
    browser.chromium = await chromium.launch({
      executablePath: process.env.KITH_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--force-color-profile=srgb'],
    });
    return browser;
  }
  close() { return this.chromium.close(); }

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
    const page = await context.newPage();
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
    await page.goto(`${this.kithd.origin}/`);
    return page;
  }
}

export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
