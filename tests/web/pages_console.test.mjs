// What an operator sees and does, and what people notice of it: the console's figures and the slowest
// sessions as they are drawn, a drain that reaches another node first, a node that is drained.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserOf, line, lines, openRoom, write } from './browser.mjs';
import { Kithd, until } from './kithd.mjs';

const kithd = new Kithd({ flags: ['--demo'], settings: ['gateway.drain_s=1'] });
const browser = browserOf(kithd);

// The console as Ada sees it; `change(stats, n)` makes of each event what the node is to say.
async function consoleOf(change) {
  const page = await browser.person();
  let count = 0;
  await page.routeWebSocket(/\/ws$/, (socket) => {
    socket.connectToServer().onMessage((data) => {
      const frames = String(data).split('\n').filter(Boolean).map((text) => JSON.parse(text));
      for (const frame of frames) if (frame.type === 'console.stats') change(frame, count++);
      socket.send(frames.map((frame) => JSON.stringify(frame)).join('\n'));
    });
  });
  await page.goto(`${kithd.origin}/console`);
  await page.click('#demo-in');
  await page.waitForSelector('#figures li');
  return page;
}

test('figures are differences of totals, and the slowest are named with what waits for them',
  async () => {
    const page = await consoleOf((stats, n) => {
      stats.at = new Date(Date.UTC(2026, 0, 1) + 2000 * n).toISOString();
      stats.totals.durable_events = 1000 * n;
      stats.totals.deliveries = 25000 * n;
      stats.totals.gaps_told = 7;
      stats.ack_latency = stats.ack_latency.map((_, i) => (i === 3 ? 100 * n : 0));
      Object.assign(stats, { queued_bytes: 3 << 20, memory_bytes: 5 << 19,
        sessions: { waiting: 0, live: 1234, lagging: 2 }, slowest: [
          { user_id: 'usr_SLOW', session_id: 's', queued_bytes: 1536, channels: 12, lagging: true },
          { user_id: '<b>usr</b>', session_id: 't', queued_bytes: 10, channels: 1, lagging: false }] });
      stats.storage.healthy = n === 0;
    });
    const figure = (name) => page.locator('#figures li', { hasText: name }).locator('b').textContent();
    await until(async () => (await figure('Committed/s')) === '500', 'a rate');
    assert.deepEqual(await Promise.all(['Sessions', 'Behind', 'Delivered/s', 'Wait to be written',
      'Gaps told', 'Memory', 'Store', 'Bus'].map(figure)),
    ['1,236', '2', '12,500', '3 MiB', '7', '2.5 MiB', 'ill', 'healthy']);
    assert.match(await figure('Ack p99'), /^[\d.]+ ms$/);
    assert.equal(await figure('Delivery p99'), '–');  // nothing was delivered
    assert.deepEqual(await page.locator('#figures li.bad span').allTextContents(), ['Behind', 'Store']);
    const rows = await page.locator('#slowest tr').evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    assert.deepEqual(rows, [['usr_SLOW', '1.5 KiB', '12', 'behind, caught up from the log'],
      ['<b>usr</b>', '10 B', '1', 'slow']]);
    await page.context().close();
  });

test('where nobody is slow the table says so', async () => {
  const page = await consoleOf((stats) => { stats.slowest = []; });
  await page.waitForSelector('#slowest:has-text("Nobody is slow.")');
  await page.context().close();
});

test('a drain that reaches another node (409) is tried again, and at last told', async () => {
  const page = await consoleOf(() => {});
  browser.serverIsDown = true;
  const asked = [];
  let wrong = 3;
  await page.route('**/console/drain', (route) => {
    asked.push(route.request().postDataJSON().node);
    return wrong-- > 0
      ? route.fulfill({ status: 409, contentType: 'application/problem+json',
        body: JSON.stringify({ title: 'Conflict', detail: 'another node' }) })
      : route.fulfill({ status: 202, body: '' });
  });
  const drain = async () => {
    await page.click('#drain');
    await page.click('#dialog button[value="drain"]');
  };
  await drain();
  await until(() => asked.length === 4, 'four tries');
  assert.equal(new Set(asked).size, 1);
  assert.equal(await page.textContent('#notice'), '');
  wrong = Infinity;
  await drain();
  await page.waitForSelector('#notice:has-text("another node")');
  browser.faults = browser.faults.filter((fault) => !/status of 409/.test(fault));
  browser.serverIsDown = false;
  await page.context().close();
});

test('a node that is drained sends its people away with a word, and what they write arrives',
  async () => {
    const ada = await browser.comeIn('ada');
    await openRoom(ada);
    const closings = [];
    ada.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => closings.push(
      ...String(payload).split('\n').filter((text) => text.includes('"connection.closing"')))));
    await ada.reload();  // so that its socket is seen
    await ada.waitForSelector('#state[data-state="live"]');
    browser.serverIsDown = true;
    const ended = kithd.stop('SIGTERM');
    await ada.waitForSelector('#state[data-state="offline"], #state[data-state="connecting"]');
    await write(ada, 'while it was away');
    assert.equal(await ended, 0);
    const { code, reconnect } = JSON.parse(closings[0]);
    assert.deepEqual([code, reconnect], [4001, true]);
    await kithd.start();
    await ada.waitForSelector('#state[data-state="live"]');
    await line(ada, 'while it was away').and(ada.locator('[data-state="sent"]')).waitFor();
    assert.equal((await lines(ada)).filter((text) => text === 'while it was away').length, 1);
    browser.serverIsDown = false;
    await ada.context().close();
  });
