// The chat page and its login: tabs that share one, answers that are lost, logins that end elsewhere,
// a secret that is changed. Nobody is signed out without need, and nothing that was written is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserOf, line, lines, openRoom, PASSWORD, write } from './browser.mjs';
import { Kithd, until } from './kithd.mjs';

// Tokens of a minute: each connection is told at once that its own is about to end.
const kithd = new Kithd({ flags: ['--demo'], settings: ['auth.access_minutes=1'] });
const browser = browserOf(kithd);

// How often each page has given its socket a new token, and asked for one.
function renewals(page) {
  const seen = { socket: 0, asked: 0, answered: 0 };
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => {
    if (String(payload).includes('"connection.refresh"')) seen.socket += 1;
  }));
  page.on('request', (request) => {
    if (request.url().endsWith('/auth/refresh')) seen.asked += 1;
  });
  page.on('response', (response) => {
    if (response.url().endsWith('/auth/refresh') && response.ok()) seen.answered += 1;
  });
  return seen;
}

// As a browser duplicates a tab: with what the tab had stored.
async function duplicate(page) {
  const [other] = await Promise.all([page.context().waitForEvent('page'),
    page.evaluate(() => { open(location.href); })]);
  await other.waitForSelector('#state[data-state="live"]');
  return other;
}

// The storage says that the tokens are old, so both must renew as they come.
async function reloadAsIfLater(pages) {
  await pages[0].evaluate(() => {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith('kith:login:')) continue;
      const login = JSON.parse(localStorage.getItem(name));
      localStorage.setItem(name, JSON.stringify({ ...login, expires_at: 0 }));
    }
  });
  await Promise.all(pages.map((page) => page.reload()));
}

for (const locks of [true, false]) {
  test(`a duplicated tab renews the login together with the first, ${locks ? 'with' : 'without'} locks`,
    async () => {
      const ada = await browser.person();
      if (!locks) {  // as on plain http
        await ada.context().addInitScript(() =>
          Object.defineProperty(navigator, 'locks', { value: undefined }));
        await ada.reload();
      }
      const counts = [renewals(ada)];
      await ada.click('[data-demo="ada"]');
      await ada.waitForSelector('#state[data-state="live"]');
      const other = await duplicate(ada);
      counts.push(renewals(other));
      const tabs = [ada, other];
      await until(() => counts[0].socket > 0, 'the first has renewed');
      for (let round = 0; round < 4; ++round) {
        const before = counts.map(({ socket }) => socket);
        await reloadAsIfLater(tabs);
        await until(() => counts.every(({ socket }, i) => socket > before[i]), 'both have new tokens');
        for (const tab of tabs) {
          await tab.waitForSelector('#state[data-state="live"]');
          assert.equal(await tab.isVisible('#sign'), false);
        }
      }
      await openRoom(ada);
      await openRoom(other);
      const text = `from either tab, ${locks}`;
      await write(other, text);
      await line(ada, text).waitFor();
      await ada.click('#sign-out');  // of the login, so of both
      await other.waitForSelector('#sign:not([hidden])');
      await ada.context().close();
    });
}

test('a refresh whose answer is lost is asked for again, and nobody is signed out', async () => {
  const bob = await browser.person();
  const counts = renewals(bob);
  let lost = 0;
  browser.serverIsDown = true;  // so it looks to the browser, which says so
  await bob.route('**/auth/refresh', async (route) => {
    if (lost > 0) return route.continue();
    lost += 1;
    const answer = await route.fetch();
    assert.equal(answer.status(), 200);  // the server has done it
    return route.abort();
  });
  await bob.click('[data-demo="bob"]');
  await until(() => lost === 1 && counts.answered > 0, 'asked again');
  await until(() => counts.socket > 0, 'a new token on the socket');
  await bob.waitForSelector('#state[data-state="live"]');
  await reloadAsIfLater([bob]);  // what it was given is good for the next, too
  await bob.waitForSelector('#state[data-state="live"]');
  browser.serverIsDown = false;
  await bob.context().close();
});

// The id of the login that the tab has.
async function sessionOf(page) {
  const token = await page.evaluate(() =>
    JSON.parse(localStorage.getItem(`kith:login:${sessionStorage.getItem('kith:tab')}`)).access_token);
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sid;
}

// Writes while nobody answers; the next kithd then knows none of the tokens that there are.
async function restartWithOtherSecret(page, text) {
  browser.serverIsDown = true;
  await kithd.stop();
  await page.waitForSelector('#state[data-state="offline"], #state[data-state="connecting"]');
  await write(page, text);
  await line(page, text).waitFor();
  const secret = Array.from({ length: 32 }, () => Math.floor(Math.random() * 36).toString(36)).join('');
  const at = kithd.arguments.findIndex((word) => word.startsWith('auth.secret='));
  if (at >= 0) kithd.arguments.splice(at - 1, 2);
  kithd.arguments.push('--set', `auth.secret=${secret}`);
}

test('a token that the server knows no more (4500) is renewed, and the page comes back by itself',
  async () => {
    const bob = await browser.comeIn('bob');
    await openRoom(bob);
    await restartWithOtherSecret(bob, 'over the change of secrets');
    await kithd.start();
    await bob.locator('.message[data-state="sent"]', { hasText: 'over the change' }).waitFor();
    await bob.waitForSelector('#state[data-state="live"]');
    assert.equal(await bob.textContent('#chat-name'), 'Tea kitchen');  // where it was
    browser.faults = browser.faults.filter((fault) => !/status of 401/.test(fault));
    browser.serverIsDown = false;
    await bob.context().close();
  });

test('a login that was ended elsewhere leads to the form, filled in, and keeps what was written',
  async () => {
    const bob = await browser.comeIn('bob');
    await openRoom(bob);
    const session = await sessionOf(bob);
    await restartWithOtherSecret(bob, 'written before the end');
    await bob.fill('#text', 'half a sent');
    await bob.route('**/auth/refresh', async (route) => {
      const { access_token: token } = await kithd.login('bob@demo.kith', PASSWORD);
      const { status } = await kithd.ask('DELETE', `/users/me/sessions/${session}`, { token });
      assert.equal(status, 204);
      return route.continue();
    }, { times: 1 });
    await kithd.start();
    await bob.waitForSelector('#sign-notice:has-text("signed out")');
    assert.equal(await bob.inputValue('[name="email"]'), 'bob@demo.kith');
    await bob.keyboard.type(PASSWORD);  // that is where one is
    await bob.keyboard.press('Enter');
    await bob.locator('.message[data-state="sent"]', { hasText: 'written before the end' }).waitFor();
    assert.equal((await lines(bob)).filter((text) => text === 'written before the end').length, 1);
    assert.equal(await bob.inputValue('#text'), 'half a sent');
    browser.faults = browser.faults.filter((fault) => !/status of 401/.test(fault));
    browser.serverIsDown = false;

    // The same while the socket lives: closed with 4507.
    const { access_token: token } = await kithd.login('bob@demo.kith', PASSWORD);
    await kithd.ask('DELETE', `/users/me/sessions/${await sessionOf(bob)}`, { token });
    await bob.waitForSelector('#sign-notice:has-text("signed out")');
    browser.faults = browser.faults.filter((fault) => !/status of 401/.test(fault));
    browser.serverIsDown = false;
    await bob.context().close();
  });

test('a sign-out takes away what is not sent, where one agrees to it', async () => {
  const { access_token: token } = await kithd.login('ada@demo.kith', PASSWORD);
  const bob = await browser.comeIn('bob');
  const id = await bob.textContent('#my-id');
  const { body: chat } = await kithd.ask('POST', '/chats', { token,
    body: { type: 'group', name: 'Muted', participant_ids: [id] } });
  await openRoom(bob, 'Muted');
  await kithd.ask('POST', `/chats/${chat.id}/moderation`, { token,
    body: { action: 'mute', user_id: id } });
  await write(bob, 'a secret that nobody got');
  await bob.waitForSelector('.message[data-state="failed"]');
  const kept = () => bob.evaluate(() => JSON.stringify(localStorage));
  assert.match(await kept(), /a secret/);
  const asked = [];
  bob.once('dialog', (dialog) => { asked.push(dialog.message()); dialog.dismiss(); });
  await bob.click('#sign-out');
  await until(() => asked.length === 1, 'asked');
  assert.match(asked[0], /A message is not sent yet/);
  assert.equal(await bob.isVisible('#chat'), true);
  bob.once('dialog', (dialog) => dialog.accept());
  await bob.click('#sign-out');
  await bob.waitForSelector('#sign:not([hidden])');
  assert.equal(await kept(), '{}');
  await bob.click('[data-demo="bob"]');
  await openRoom(bob, 'Muted');
  assert.deepEqual(await lines(bob), []);
  await bob.context().close();
});

test('the login of a tab that was closed is taken up by the next; one in use is not', async () => {
  const ada = await browser.comeIn('ada');
  const context = ada.context();
  const tab = async () => {
    const page = await context.newPage();
    await page.goto(`${kithd.origin}/`);
    return page;
  };
  const other = await tab();
  await other.waitForSelector('#sign:not([hidden])');  // Ada's is in use: here one may be Bob
  await other.click('[data-demo="bob"]');
  await other.waitForSelector('#state[data-state="live"]');
  await ada.close();
  const next = await tab();
  await next.waitForSelector('#me:has-text("Ada")');
  await next.waitForSelector('#state[data-state="live"]');
  const third = await tab();
  await third.waitForSelector('#sign:not([hidden])');  // both are in use
  await context.close();
});
