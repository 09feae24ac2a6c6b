// The pages where not all is well: lists that do not load, chats that are lost or too many, browsers
// that run no script or keep nothing, and what is said of it, also to those who listen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserOf, demoLogins, line, openRoom, PASSWORD, write } from './browser.mjs';
import { Kithd, until } from './kithd.mjs';

const kithd = new Kithd({ flags: ['--demo'], settings: ['limits.messages_per_minute=0',
  'limits.channels_per_socket=5'] });
const browser = browserOf(kithd);
const { tokens, ids } = demoLogins(kithd);

async function person(name) {
  const fields = { email: `${name}@example.com`, password: PASSWORD, display_name: name };
  const { body } = await kithd.ask('POST', '/users', { body: fields });
  ids[name] = body.id;
  tokens[name] = (await kithd.login(fields.email, PASSWORD)).access_token;
  return fields;
}
async function signIn(page, { email, password }) {
  await page.fill('[name="email"]', email);
  await page.fill('#sign-form [name="password"]', password);
  await page.press('#sign-form [name="password"]', 'Enter');
  await page.waitForSelector('#state[data-state="live"]');
}
async function group(name, owner, others) {
  const { status, body } = await kithd.ask('POST', '/chats', { token: tokens[owner],
    body: { type: 'group', name, participant_ids: others.map((other) => ids[other]) } });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}
async function say(who, chat, text) {
  const { status } = await kithd.ask('POST', `/chats/${chat}/messages`, { token: tokens[who],
    body: { client_message_id: `${Math.random()}`, content: { type: 'text', text } } });
  assert.equal(status, 202);
}
const forget = (pattern) => {
  browser.faults = browser.faults.filter((fault) => !pattern.test(fault));
};

test('who has no chats is told so, on a phone as well', async () => {
  const page = await browser.person({ viewport: { width: 390, height: 780 } });
  await signIn(page, await person('alone'));
  await page.waitForSelector('#no-chats:has-text("No chats yet")');
  await group('First', 'ada', ['alone']);
  await page.waitForSelector('#chats button:has-text("First")');
  assert.equal(await page.isVisible('#no-chats'), false);
  await page.context().close();
});

test('a list that could not be loaded says so, and loads by itself or when asked', async () => {
  const login = await person('unlucky');
  await group('Reached', 'ada', ['unlucky']);
  const page = await browser.person();
  let failing = true;
  let asked = 0;
  browser.serverIsDown = true;  // so it looks to the browser, which says so
  await page.route('**/chats?*', (route) => {
    asked += 1;
    return failing ? route.fulfill({ status: 503, body: '{}' }) : route.fallback();
  });
  await signIn(page, login);
  await page.waitForSelector('#chats-failed:has-text("could not be loaded")');
  assert.equal(await page.isVisible('#no-chats'), false);
  await until(() => asked > 1, 'asked again by itself');
  failing = false;
  await page.click('#chats-again');
  await page.waitForSelector('#chats button:has-text("Reached")');
  assert.equal(await page.isVisible('#chats-failed'), false);
  failing = true;
  asked = 0;
  await page.reload();
  await page.waitForSelector('#chats-failed:visible');
  failing = false;
  await page.waitForSelector('#chats button:has-text("Reached")');  // nobody has clicked
  browser.serverIsDown = false;
  await page.context().close();
});

test('a name that could not be had for the moment is no "somebody" for good', async () => {
  const login = await person('asker');
  await person('named');
  const chat = await group('Names', 'ada', ['asker', 'named']);
  await say('named', chat, 'who am I?');
  await kithd.ask('DELETE', `/chats/${chat}/participants/${ids.named}`, { token: tokens.ada });
  const page = await browser.person();
  let failing = true;
  browser.serverIsDown = true;
  await page.route(/\/users\/usr_[0-9A-Z]+$/, (route) => (failing
    ? route.fulfill({ status: 503, body: '{}' }) : route.fallback()));
  await signIn(page, login);
  await page.waitForSelector('#chats button:has-text("Names")');
  await until(async () => (await page.textContent('#chats .preview')).includes('who am I?'), 'shown');
  failing = false;
  browser.serverIsDown = false;
  await say('ada', chat, 'anew');  // draws it
  await openRoom(page, 'Names');
  await line(page, 'who am I?').locator('.by:has-text("named")').waitFor();
  forget(/status of 503/);
  await page.context().close();
});

test('more chats than a socket may follow: any of them can be opened, and none vanishes', async () => {
  const login = await person('busy');
  const chats = [];
  for (let i = 0; i < 8; ++i) {
    chats.push(await group(`Busy ${i}.`, 'ada', ['busy']));
    await say('ada', chats[i], `line ${i}`);
  }
  const page = await browser.person();
  await signIn(page, login);
  await page.waitForSelector('#chats button:has-text("Busy 0.")');
  for (const i of [0, 1, 7, 2, 0]) {
    await page.click(`#chats button:has-text("Busy ${i}.")`);
    await line(page, `line ${i}`).waitFor();
    await write(page, `an answer in ${i}`);
    await page.waitForSelector(`.message[data-state="sent"]:has-text("an answer in ${i}")`);
    assert.equal(await page.textContent('#chat-error'), '');
  }
  assert.equal(await page.locator('#chats button').count(), 8);
  await say('ada', chats[0], 'live in the open one');
  await line(page, 'live in the open one').waitFor();
  browser.serverIsDown = true;
  await kithd.crash();
  await say('ada', chats[0], 'and behind a break');
  await line(page, 'and behind a break').waitFor();
  await page.waitForSelector('#state[data-state="live"]');
  assert.equal(await page.locator('#chats button').count(), 8);
  browser.serverIsDown = false;
  await page.context().close();
});

test('who is removed from the chat that is open is told which', async () => {
  const login = await person('guest');
  const chat = await group('Brief', 'ada', ['guest']);
  const page = await browser.person();
  await signIn(page, login);
  await openRoom(page, 'Brief');
  await kithd.ask('DELETE', `/chats/${chat}/participants/${ids.guest}`, { token: tokens.ada });
  await page.waitForSelector('#notice [role="alert"]:has-text("no longer in “Brief”")');
  assert.equal(await page.isVisible('#chat'), false);
  assert.equal(await page.locator('#chats button:has-text("Brief")').count(), 0);
  await page.click('#notice-close');
  assert.equal(await page.isVisible('#notice'), false);
  await page.context().close();
});

test('an invitation that does not work says so', async () => {
  const page = await browser.person();
  await signIn(page, await person('invited'));
  await page.goto(`${kithd.origin}/#usr_00000000000000000000000000`);
  await page.reload();
  await page.waitForSelector('#notice:has-text("The invitation does not work")');
  await page.context().close();
  forget(/status of (400|404|422)/);  // of both visits
});

test('"Begin" works once, however often it is pressed', async () => {
  const login = await person('hasty');
  const page = await browser.person();
  await signIn(page, login);
  let begun = 0;
  let answer;
  await page.route('**/chats', async (route) => {
    begun += 1;
    await new Promise((resolve) => { answer = resolve; });
    return route.fallback();
  });
  await page.click('#new-chat');
  await page.fill('#dialog [name="name"]', 'Hasty');
  await page.fill('#dialog [name="people"]', ids.bob);
  await page.click('#dialog-ok');
  await until(() => begun === 1, 'asked');
  assert.equal(await page.isDisabled('#dialog-ok'), true);
  await page.press('#dialog [name="people"]', 'Enter');
  answer();
  await page.waitForSelector('#chat-name:has-text("Hasty")');
  assert.equal(begun, 1);
  await page.click('#new-chat');
  assert.equal(await page.isDisabled('#dialog-ok'), false);
  await page.context().close();
});

test('those who listen hear what is new, and no seconds', async () => {
  const login = await person('listener');
  const chat = await group('Aloud', 'ada', ['listener']);
  await say('ada', chat, 'from before');
  const page = await browser.person();
  await signIn(page, login);
  await openRoom(page, 'Aloud');
  await line(page, 'from before').waitFor();
  const log = page.getByRole('log');
  assert.equal(await log.textContent(), '');
  await say('ada', chat, 'said just now');
  await until(async () => (await log.textContent()) === 'Ada: said just now', 'said aloud');
  await write(page, 'one\'s own');
  await page.waitForSelector('.message[data-state="sent"]:has-text("one\'s own")');
  assert.equal(await log.locator('p').count(), 1);
  // What failed has a place of its own, which somebody's typing does not take away.
  await kithd.ask('POST', `/chats/${chat}/moderation`, { token: tokens.ada,
    body: { action: 'mute', user_id: ids.listener } });
  await line(page, 'from before').focus();
  await page.keyboard.press('1');
  await page.waitForSelector('#chat-error[role="alert"]:not(:empty)');
  await kithd.ask('POST', `/chats/${chat}/typing`, { token: tokens.ada, body: { is_typing: true } });
  await page.waitForSelector('#typing:has-text("Ada is typing")');
  assert.notEqual(await page.textContent('#chat-error'), '');

  browser.serverIsDown = true;
  await kithd.stop();
  await page.waitForSelector('#state-seconds:has-text("again in")');
  const spoken = page.locator('#state [role="status"]');
  assert.equal(await spoken.textContent(), 'Offline');
  assert.equal(await page.getAttribute('#state-seconds', 'aria-hidden'), 'true');
  await kithd.start();
  await page.waitForSelector('#state[data-state="live"]');
  assert.equal(await spoken.textContent(), 'Live');
  browser.serverIsDown = false;
  await page.context().close();
});

test('without JavaScript, or a storage, the page says what is missing', async () => {
  for (const path of ['/', '/console']) {
    const still = await browser.person({ javaScriptEnabled: false });
    await still.goto(`${kithd.origin}${path}`);
    assert.equal(await still.isVisible('noscript p:visible'), true, path);
    await still.context().close();

    const blocked = await browser.person();
    await blocked.context().addInitScript(() => {
      for (const name of ['sessionStorage', 'localStorage']) {
        Object.defineProperty(window, name, { get() {
          throw new DOMException('Access is denied', 'SecurityError');
        } });
      }
    });
    await blocked.goto(`${kithd.origin}${path}`);
    await blocked.waitForSelector('#blocked:has-text("storage, which is blocked")');
    assert.equal(await blocked.isVisible('#sign'), false);
    await blocked.context().close();
  }
});

test('by day it is light, and by night dark', async () => {
  const luminance = async (colorScheme) => {
    const page = await browser.person({ colorScheme });
    const colors = await page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.body);
      return [backgroundColor, color].map((text) =>
        text.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765);
    });
    await page.context().close();
    return colors;
  };
  const [[day, ink], [night, chalk]] = [await luminance('light'), await luminance('dark')];
  assert.ok(day > 0.9 && ink < 0.3, `${day} ${ink}`);
  assert.ok(night < 0.2 && chalk > 0.7, `${night} ${chalk}`);
});
