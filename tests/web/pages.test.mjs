// The pages in a real browser against the real kithd: two people, a server that is killed while both
// write, a phone, the keyboard, the console.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { once } from 'node:events';
import { browserOf, line, lines, openRoom, roomIsOpen, screenshot, write } from './browser.mjs';
import { Kithd, runKithd, until } from './kithd.mjs';

const kithd = new Kithd({ flags: ['--demo'] });
const browser = browserOf(kithd);

const comeIn = (name, options) => browser.comeIn(name, options);

test('two people: typing, receipts, presence, edits, reactions, deletion', async () => {
  const [ada, bob] = await Promise.all([comeIn('ada'), comeIn('bob')]);
  await openRoom(ada);
  await openRoom(bob);
  await ada.waitForSelector('#chat-people:has-text("Bob ●")');
  await bob.waitForSelector('#chat-people:has-text("Ada ●")');
  const [here, live] = await bob.evaluate(() => [
    getComputedStyle(document.querySelector('#chat-people .here')).color,
    getComputedStyle(document.getElementById('state-text'), '::before').backgroundColor]);
  assert.equal(here, live);  // grey would say that she is away

  await ada.locator('#text').pressSequentially('Is the kettle on?', { delay: 5 });
  await bob.waitForSelector('#typing:has-text("Ada is typing")');
  await ada.press('#text', 'Enter');
  await line(bob, 'Is the kettle on?').waitFor();
  await bob.waitForSelector('#typing:empty', { state: 'attached' });
  await ada.waitForSelector('.message.mine .meta:has-text("read by Bob")');
  await write(bob, 'It is. Milk?');
  await write(bob, 'And there are buiscuits.');
  await line(ada, 'And there are buiscuits.').waitFor();

  await line(ada, 'It is. Milk?').hover();
  await line(ada, 'It is. Milk?').locator('[aria-label="React with 🎉"]').click();
  await line(bob, 'It is. Milk?').locator('.reactions:has-text("🎉 1")').waitFor();
  await bob.press('#text', 'ArrowUp');  // one's own last message, to be edited
  await bob.fill('#text', 'And there are biscuits.');
  await bob.press('#text', 'Enter');
  await line(ada, 'And there are biscuits.').locator('.meta:has-text("edited")').waitFor();

  await line(ada, 'And there are biscuits.').focus();  // by keyboard: an answer
  await ada.keyboard.press('r');
  await ada.keyboard.type('Then I am coming.');
  await ada.keyboard.press('Enter');
  await line(bob, 'Then I am coming.').locator('.quote:has-text("biscuits")').waitFor();
  await write(ada, 'wrong chat, sorry');
  await line(bob, 'wrong chat, sorry').waitFor();
  await ada.keyboard.press('Shift+Tab');  // to the newest message, which is one's own
  await ada.keyboard.press('ArrowUp');
  await ada.keyboard.press('ArrowDown');
  await ada.keyboard.press('Delete');
  await ada.waitForSelector('#delete-text:has-text("wrong chat, sorry")');
  await ada.keyboard.press('Escape');
  await until(() => ada.isHidden('#delete-dialog'), 'the question to go');
  await line(ada, 'wrong chat, sorry').and(ada.locator(':focus')).waitFor();
  await ada.keyboard.press('Delete');  // not deleted, so asked again
  await ada.waitForSelector('#delete-dialog[open]');
  await ada.keyboard.press('Enter');
  await bob.waitForSelector('.message.gone:has-text("deleted")');
  await bob.locator('#text').pressSequentially('See you in the', { delay: 5 });
  await ada.waitForSelector('#typing:has-text("Bob is typing")');
  await screenshot(ada, 'chat');
  await Promise.all([ada, bob].map((page) => page.context().close()));
});

test('the server is killed while both write: nothing is lost or doubled, also over a reload',
  async () => {
    const [ada, bob] = await Promise.all([comeIn('ada'), comeIn('bob')]);
    await openRoom(ada);
    await openRoom(bob);
    const before = (await lines(ada)).length;
    const expected = new Set();
    const say = async (page, name, count) => {
      for (let i = 0; i < count; ++i) {
        const text = `${name} ${expected.size}`;
        expected.add(text);
        await write(page, text);
      }
    };
    await Promise.all([say(ada, 'ada', 3), say(bob, 'bob', 3)]);
    browser.serverIsDown = true;
    const writing = Promise.all([say(ada, 'ada', 8), say(bob, 'bob', 8)]);
    await kithd.crash(async () => {
      await ada.waitForSelector('#state[data-state="offline"], #state[data-state="connecting"]');
      await writing;
      await Promise.all([say(ada, 'ada', 4), say(bob, 'bob', 4)]);
      await ada.waitForSelector('.message[data-state="sending"]');
      await screenshot(ada, 'offline');
    });
    await bob.reload();  // with messages that were never acknowledged
    await say(ada, 'ada', 2);
    await bob.waitForSelector('#chat:not([hidden])');
    await say(bob, 'bob', 2);
    for (const page of [ada, bob]) await page.waitForSelector('#state[data-state="live"]');
    browser.serverIsDown = false;
    const all = async (page) => (await lines(page)).slice(-expected.size);
    await until(async () => (await lines(ada)).length >= before + expected.size, 'all at Ada\'s');
    for (const page of [ada, bob]) {
      await until(async () => await page.locator('.message[data-state="sending"]').count() === 0,
        'all sent');
    }
    await until(async () => JSON.stringify(await all(ada)) === JSON.stringify(await all(bob)),
      async () => `the same for both: ${await all(ada)} and ${await all(bob)}`);
    const shown = await all(ada);
    assert.deepEqual([...shown].sort(), [...expected].sort());
    for (const name of ['ada', 'bob']) {  // each in the order in which it was written
      const own = shown.filter((text) => text.startsWith(name)).map((text) => Number(text.slice(4)));
      assert.deepEqual(own, [...own].sort((a, b) => a - b));
    }
    assert.equal((await lines(ada)).length, before + expected.size);
    await Promise.all([ada, bob].map((page) => page.context().close()));
  });

test('signing up, a chat begun by id, and what is unread', async () => {
  const ada = await comeIn('ada');
  await openRoom(ada);  // and reads what is there
  await until(async () => await ada.title() === 'kith', 'nothing unread');
  const carol = await browser.person();
  await carol.click('#sign-switch');
  await carol.fill('[name="display_name"]', 'Carol');
  await carol.fill('[name="email"]', 'carol@example.com');
  await carol.fill('#sign-form [name="password"]', 'a good password');
  await carol.press('#sign-form [name="password"]', 'Enter');
  await carol.waitForSelector('#state[data-state="live"]');
  const id = await ada.textContent('#my-id');
  await carol.click('#new-chat');
  await carol.fill('[name="people"]', id);
  await carol.click('#dialog button[value="ok"]');
  await carol.waitForSelector('#chat-name:has-text("Ada")');
  await write(carol, 'Hello Ada');
  await write(carol, 'Are you there?');
  await ada.waitForSelector('#chats button:has-text("Carol") .unread:text-is("2")');
  assert.equal(await ada.title(), '(2) kith');
  await ada.click('#chats button:has-text("Carol")');
  await carol.waitForSelector('.meta:has-text("read by Ada")');
  await until(async () => await ada.title() === 'kith', 'nothing unread');
  await ada.reload();
  await roomIsOpen(ada, 'Carol');  // where it was
  assert.deepEqual(await lines(ada), ['Hello Ada', 'Are you there?']);
  await carol.click('#sign-out');
  await carol.waitForSelector('#sign:not([hidden])');
  await carol.fill('[name="email"]', 'carol@example.com');
  await carol.fill('#sign-form [name="password"]', 'not this one');
  await carol.press('#sign-form [name="password"]', 'Enter');
  browser.serverIsDown = true;  // the browser itself says what a 401 is
  await carol.waitForSelector('#sign-error:has-text("do not match")');
  browser.faults = browser.faults.filter((fault) => !/status of 401/.test(fault));
  browser.serverIsDown = false;
  await Promise.all([ada, carol].map((page) => page.context().close()));
});

test('on a phone, in the dark', async () => {
  const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true,
    colorScheme: 'dark' };
  const bob = await comeIn('bob', phone);
  await screenshot(bob, 'phone-list');
  assert.equal(await bob.isVisible('#chat'), false);
  await bob.tap('#chats button:has-text("Tea kitchen")');
  await bob.waitForSelector('.message');
  assert.equal(await bob.isVisible('#side'), false);
  await bob.fill('#text', 'from my phone');
  await bob.tap('#composer button.primary');
  const own = bob.locator('.message[data-state="sent"]', { hasText: 'from my phone' });
  await own.waitFor();
  await own.tap();
  await own.locator('.actions').waitFor();
  const shown = await bob.evaluate(() => {
    const box = (node) => node.getBoundingClientRect();
    const bar = box(document.querySelector('.message:focus-within .actions'));
    const covered = [...document.querySelectorAll('.message:not(:focus-within)')]
      .filter((item) => box(item).bottom > bar.top && box(item).top < bar.bottom).length;
    return { covered, inView: bar.bottom <= box(document.getElementById('messages')).bottom + 1 };
  });
  assert.deepEqual(shown, { covered: 0, inView: true });  // what one does lies over nobody's words
  await own.locator('[aria-label="React with 👍"]').tap();
  await own.locator('.reactions:has-text("👍 1")').waitFor();
  const wide = await bob.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false);
  assert.equal(await bob.isVisible('#state[data-state="live"]'), true);  // in the chat, too
  await screenshot(bob, 'phone-chat');
  await own.locator('.text').tap();
  await own.locator('[aria-label="Delete"]').tap();
  await bob.tap('#delete-dialog button[value="cancel"]');
  await until(() => bob.isHidden('#delete-dialog'), 'the question to go');
  await own.locator('[aria-label="Delete"]').tap();
  await bob.tap('#delete-dialog button[value="delete"]');
  await bob.locator('.message.mine.gone').last().waitFor();
  await bob.tap('#back');
  await bob.waitForSelector('#chats:visible');
  await bob.tap('#chats button:has-text("Tea kitchen")');
  await bob.waitForSelector('#chat:visible');
  await bob.goBack();  // the phone's own way back
  await bob.waitForSelector('#chats:visible');
  assert.equal(await bob.isVisible('#chat'), false);
  await bob.context().close();
});

test('a long chat is loaded page by page, and shown once and in order', async () => {
  const { access_token: token } = await kithd.login('ada@demo.kith', 'kith-demo-password');
  const { body: chat } = await kithd.ask('POST', '/chats', { token,
    body: { type: 'group', name: 'Long', participant_ids: [] } });
  if (!chat.id) return assert.fail(JSON.stringify(chat));
  for (let i = 0; i < 130; ++i) {
    await kithd.ask('POST', `/chats/${chat.id}/messages`, { token, body: {
      client_message_id: `l${i}`, content: { type: 'text', text: `line ${i}` } } });
  }
  const ada = await comeIn('ada');
  await ada.click('#chats button:has-text("Long")');
  await line(ada, 'line 129').waitFor();
  await until(async () => {
    await ada.evaluate(() => { document.getElementById('messages').scrollTop = 0; });
    return (await lines(ada)).length === 130;
  }, 'all of them');
  assert.deepEqual(await lines(ada), Array.from({ length: 130 }, (_, i) => `line ${i}`));
  await ada.click('#newest');
  await until(() => ada.isHidden('#newest'), 'the end');
  await ada.context().close();
});

test('what the pages are served with', async () => {
  const page = await kithd.ask('GET', '/');
  assert.equal(page.status, 200);
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'.*script-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
  const files = ['/', '/console', '/kith.js', '/assets/app.js', '/assets/style.css',
    '/assets/favicon.svg', '/assets/uPlot.iife.min.js', '/assets/kith.d.ts'];
  for (const path of files) {
    const { status, headers } = await kithd.ask('GET', path);
    assert.equal(status, 200, path);
    const etag = headers.get('etag');
    for (const tag of [etag, `"other", W/${etag}`, '*']) {
      const again = await fetch(`${kithd.origin}${path}`, { headers: { 'If-None-Match': tag } });
      assert.equal(again.status, 304, `${path} ${tag}`);
      assert.equal(await again.text(), '');
    }
    const changed = await fetch(`${kithd.origin}${path}`, { headers: { 'If-None-Match': '"x"' } });
    assert.equal(changed.status, 200);
    const head = await fetch(`${kithd.origin}${path}`, { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), String((await changed.arrayBuffer()).byteLength));
    assert.equal((await kithd.ask('POST', path, { body: {} })).status, 405);
  }
  assert.equal((await kithd.ask('GET', '/assets/none.js')).status, 404);
});

test('--demo refuses whatever is not alone on this machine', async () => {
  for (const [args, word] of [
    [['--listen', '0.0.0.0:0', '--set', 'listen_in_clear=true'], /listen must be on loopback/],
    [['--set', 'storage.url=postgres://127.0.0.1/none'], /storage.url must be empty/],
    [['--set', 'trusted_proxies=10.0.0.1'], /trusted_proxies must be empty/],
  ]) {
    const { code, text } = await runKithd(['--demo', '--data', `${kithd.directory}/other`, ...args]);
    assert.equal(code, 78, text);
    assert.match(text, word);
  }
  const inUse = new Kithd({ flags: ['--demo'] });
  try {
    await inUse.seed(2, 2);
    await assert.rejects(inUse.start(), /the data must be fresh/);
  } finally {
    await inUse.remove();
  }
});

// The last one: the server is gone behind it.
test('the documents: every operation and frame is there to be read, and found', async () => {
  const page = await browser.person();
  await page.goto(`${kithd.origin}/docs`);
  await page.waitForSelector('article#createClub');
  assert.equal(await page.isVisible('#notice'), false);  // nothing to be told of
  const [api, socket] = await page.evaluate(() => Promise.all(
    ['openapi.json', 'asyncapi.json'].map(async (name) => (await fetch(name)).json())));
  const operations = Object.values(api.paths).flatMap((item) => Object.values(item));
  assert.equal(await page.locator('article').count(),
    operations.length + Object.keys(socket.components.messages).length);
  const club = page.locator('article#createClub');
  await club.locator('td:has-text("string, 1 to 100")').first().waitFor();
  await club.locator('td:has-text("Idempotency-Key")').waitFor();
  await page.fill('#find', 'broadcasts');
  assert.equal(await page.locator('nav li:visible').count(),
    Object.entries(api.paths).filter(([path]) => path.includes('broadcasts'))
      .flatMap(([, item]) => Object.values(item)).length);
  assert.deepEqual(await page.locator('nav summary:visible').allTextContents(), ['broadcasts']);
  await page.fill('#find', 'no such thing');
  assert.equal(await page.textContent('#found'), 'Nothing found.');
  assert.equal(await page.locator('nav summary:visible').count(), 0);
  await page.fill('#find', 'broadcasts');
  assert.equal(await page.textContent('#found'), '');
  assert.doesNotMatch(await page.textContent('main'), /`/);
  await page.locator('#about code:text-is("cursor")').waitFor();
  await screenshot(page, 'docs');
  await page.context().close();
});

test('the console: figures and charts move, others see nothing, and a drain ends the server',
  async () => {
    const bob = await browser.person();
    await bob.goto(`${kithd.origin}/console`);
    await bob.fill('[name="email"]', 'bob@demo.kith');
    await bob.fill('[name="password"]', 'kith-demo-password');
    await bob.press('[name="password"]', 'Enter');
    await bob.waitForSelector('#notice:has-text("no admin")');
    assert.equal(await bob.isDisabled('#drain'), true);
    const [told, charts] = await Promise.all(['#notice', '#charts'].map((id) =>
      bob.locator(id).boundingBox()));
    assert.ok(told.y + told.height <= charts.y, 'the notice lies over the charts');
    await bob.context().close();

    const writer = await comeIn('bob');
    await comeIn('ada');  // to whom it is delivered
    await openRoom(writer);
    const ada = await browser.person({ viewport: { width: 1100, height: 860 } });
    await ada.goto(`${kithd.origin}/console`);
    await ada.click('#demo-in');
    await ada.waitForSelector('#figures li');
    assert.equal(await ada.locator('.chart canvas').count(), 8);
    assert.equal(await ada.isVisible('#notice'), false);
    let said = 0;
    await until(async () => {
      await write(writer, `work ${said++}`);
      const rate = await ada.locator('#figures li', { hasText: 'Committed/s' }).locator('b')
        .textContent();
      return Number(rate) > 0 && said > 80;
    }, 'a rate above 0');
    await until(async () => /\d ms/.test(await ada.locator('#figures li', { hasText: 'Delivery p99' })
      .locator('b').textContent()), 'a latency');
    await screenshot(ada, 'console');

    browser.serverIsDown = true;
    const ended = once(kithd.child, 'close');
    await ada.click('#drain');
    await ada.click('#dialog button[value="drain"]');
    const [code] = await ended;
    assert.equal(code, 0);
    assert.match(kithd.log, /server.drain_requested/);
    await ada.waitForSelector('#state[data-state="offline"], #state[data-state="connecting"]');
  });
