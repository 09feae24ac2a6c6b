// The chat page and what it holds: more chats than a page of them, drafts, what was refused or hidden,
// text that looks like a script; by keyboard alone, and kith.js on a page of another origin.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { browserOf, demoLogins, line, lines, openRoom, PASSWORD, write } from './browser.mjs';
import { Kithd, until } from './kithd.mjs';

const kithd = new Kithd({ flags: ['--demo'], settings: ['limits.messages_per_minute=0'] });
const browser = browserOf(kithd);
const { tokens, ids } = demoLogins(kithd);

async function group(name, owner = 'ada', others = ['bob']) {
  const { status, body } = await kithd.ask('POST', '/chats', { token: tokens[owner],
    body: { type: 'group', name, participant_ids: others.map((other) => ids[other]) } });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}
async function say(who, chat, text) {
  const { status, body } = await kithd.ask('POST', `/chats/${chat}/messages`, { token: tokens[who],
    body: { client_message_id: `${Math.random()}`, content: { type: 'text', text } } });
  assert.equal(status, 202, JSON.stringify(body));
  return body.message_id ?? body.id;
}
async function moderate(chat, fields) {
  const { status, body } = await kithd.ask('POST', `/chats/${chat}/moderation`,
    { token: tokens.ada, body: fields });
  assert.ok(status < 300, JSON.stringify(body));
}
const preview = (page, chat) => page.locator(`#chats button:has-text("${chat}") .preview`);

test('names and messages that look like scripts are text, and nothing else', async () => {
  const nasty = ['<img src=x onerror="globalThis.hacked=1">', '<script>globalThis.hacked=2</script>',
    '"><svg onload=globalThis.hacked=3>', 'javascript:globalThis.hacked=4', '</li></ol><h1>hacked</h1>'];
  const person = { email: 'nasty@example.com', password: PASSWORD, display_name: nasty[0] };
  const { body: made } = await kithd.ask('POST', '/users', { body: person });
  ids.nasty = made.id;
  tokens.nasty = (await kithd.login(person.email, PASSWORD)).access_token;
  const chat = await group(nasty[1], 'nasty', ['bob']);
  for (const text of nasty) await say('nasty', chat, text);
  const bob = await browser.comeIn('bob');
  await bob.locator('#chats button .name').filter({ hasText: nasty[1] }).click();
  await until(async () => (await lines(bob)).length === nasty.length, 'all lines');
  assert.deepEqual(await lines(bob), nasty);
  assert.equal(await bob.textContent('#chat-name'), nasty[1]);
  await until(async () => (await bob.textContent('.message .by')).includes(nasty[0]), 'the name');
  assert.ok((await bob.textContent('#chats button[aria-current="true"] .preview')).includes(nasty[0]));
  await kithd.ask('POST', `/chats/${chat}/typing`, { token: tokens.nasty, body: { is_typing: true } });
  await until(async () => (await bob.textContent('#typing')).includes(nasty[0]), 'who types');
  await bob.locator('.message').last().focus();
  await bob.keyboard.press('r');  // quoted above the line, and in the answer
  assert.ok((await bob.textContent('#composing')).includes(nasty.at(-1)));
  await write(bob, nasty[0]);
  await bob.locator('.quote').waitFor();
  assert.equal(await bob.locator('.quote').textContent(), nasty.at(-1));
  assert.equal(await bob.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await bob.locator('#main :is(script, svg, img, h1)').count(), 0);
  await bob.context().close();
});

test('a hidden message is gone from the preview as well, and comes back with it', async () => {
  const chat = await group('Previews');
  const message = await say('bob', chat, 'not for everybody');
  const ada = await browser.comeIn('ada');
  await until(async () => (await preview(ada, 'Previews').textContent()).includes('not for everybody'),
    'the preview');
  await moderate(chat, { action: 'hide', message_id: message });
  await until(async () => !(await preview(ada, 'Previews').textContent()).includes('not for'), 'hidden');
  await moderate(chat, { action: 'restore', message_id: message });
  await until(async () => (await preview(ada, 'Previews').textContent()).includes('not for'), 'back');
  await ada.context().close();
});

test('what was refused for good stays refused over a reload, until one tries again', async () => {
  const chat = await group('Quiet');
  const bob = await browser.comeIn('bob');
  await openRoom(bob, 'Quiet');
  await moderate(chat, { action: 'mute', user_id: ids.bob });
  await write(bob, 'out of turn');
  await bob.waitForSelector('.message[data-state="failed"]:has-text("out of turn")');
  await moderate(chat, { action: 'unmute', user_id: ids.bob });
  await bob.reload();
  await bob.waitForSelector('.message[data-state="failed"]:has-text("out of turn")');
  await write(bob, 'in turn');
  await bob.waitForSelector('.message[data-state="sent"]:has-text("in turn")');
  const texts = async () => (await kithd.messages(chat, tokens.ada)).map((m) => m.content.text);
  assert.deepEqual(await texts(), ['in turn']);
  await bob.click('.message[data-state="failed"] button:has-text("Try again")');
  await bob.waitForSelector('.message[data-state="sent"]:has-text("out of turn")');
  assert.deepEqual(await texts(), ['in turn', 'out of turn']);
  await bob.context().close();
});

test('what one was writing stays in its chat, also over a reload, and goes with a sign-out', async () => {
  await group('One');
  await group('Two');
  const ada = await browser.comeIn('ada');
  await openRoom(ada, 'One');
  await ada.fill('#text', 'a thought for One');
  await openRoom(ada, 'Two');
  assert.equal(await ada.inputValue('#text'), '');
  await write(ada, 'said in Two');
  await line(ada, 'said in Two').waitFor();
  await openRoom(ada, 'One');
  assert.equal(await ada.inputValue('#text'), 'a thought for One');
  await ada.reload();
  await ada.waitForSelector('#chat-name:has-text("One")');
  assert.equal(await ada.inputValue('#text'), 'a thought for One');
  await openRoom(ada, 'Two');
  await ada.waitForSelector('.message[data-state="sent"]:has-text("said in Two")');
  await ada.fill('#text', 'half');
  await ada.press('#text', 'Escape');
  await ada.fill('#text', '');
  await ada.press('#text', 'ArrowUp');  // an edit is no draft, and gives the draft back
  await ada.press('#text', 'Escape');
  assert.equal(await ada.inputValue('#text'), '');
  await openRoom(ada, 'One');
  await ada.click('#sign-out');
  await ada.click('[data-demo="ada"]');
  await openRoom(ada, 'One');
  assert.equal(await ada.inputValue('#text'), '');
  await ada.context().close();
});

test('more chats than a page: all are there, and one far down comes up when it is written in',
  async () => {
    const person = { email: 'many@example.com', password: PASSWORD, display_name: 'Many' };
    const { body: made } = await kithd.ask('POST', '/users', { body: person });
    ids.many = made.id;
    tokens.many = (await kithd.login(person.email, PASSWORD)).access_token;
    const chats = [];
    for (let i = 0; i < 130; ++i) chats.push(await group(`Room ${i}.`, 'ada', ['many']));
    const page = await browser.person();
    await page.fill('[name="email"]', person.email);
    await page.fill('#sign-form [name="password"]', PASSWORD);
    await page.press('#sign-form [name="password"]', 'Enter');
    const names = () => page.locator('#chats .name').allTextContents();
    await page.locator('#chats .name', { hasText: 'Room 129.' }).waitFor();
    await page.waitForSelector('#state[data-state="live"]');
    assert.equal((await names()).includes('Room 3.'), false);
    await say('ada', chats[3], 'from far down');
    await until(async () => (await names())[0] === 'Room 3.', 'it comes up');
    assert.ok((await preview(page, 'Room 3.').textContent()).includes('from far down'));
    assert.equal(await page.locator('#chats button:has-text("Room 3.") .unread').textContent(), '1');
    await until(async () => {
      await page.evaluate(() => {
        const box = document.querySelector('#side nav');
        box.scrollTop = box.scrollHeight;
      });
      return (await names()).length === 130;
    }, async () => `all of them, has ${(await names()).length}`);
    const order = [3, ...Array.from({ length: 130 }, (_, i) => 129 - i).filter((i) => i !== 3)];
    assert.deepEqual(await names(), order.map((i) => `Room ${i}.`));
    assert.equal(await page.isVisible('#more-chats'), false);
    await page.click('#chats button:has-text("Room 0.")');
    await page.waitForSelector('#chat-name:has-text("Room 0.")');
    await page.context().close();
  });

// A busy server reads the list for the page, and is long in following all that is in it.
test('what is written in a chat before the socket follows it is seen, in one far down as well',
  async () => {
    const person = { email: 'early@example.com', password: PASSWORD, display_name: 'Early' };
    const { body: made } = await kithd.ask('POST', '/users', { body: person });
    ids.early = made.id;
    const chats = [];
    for (let i = 0; i < 52; ++i) chats.push(await group(`Hall ${i}.`, 'ada', ['early']));
    const late = new Map([[chats[0], null], [chats[50], null]]);  // and their `subscribed`
    // As if they were followed behind the message: it is in the `subscribed`, and no event.
    const instead = (text) => {
      const frame = JSON.parse(text);
      if (frame.type === 'subscribed' && late.has(frame.channel)) {
        late.set(frame.channel, frame);
        return '';
      }
      if (frame.type !== 'message.new' || !late.has(frame.chat_id)) return text;
      return JSON.stringify({ ...late.get(frame.chat_id), seq: frame.seq });
    };
    const page = await browser.person();
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((data) => {
        const text = data.split('\n').map(instead).filter(Boolean).join('\n');
        if (text) socket.send(text);
      });
    });
    await page.reload();
    await page.fill('[name="email"]', person.email);
    await page.fill('#sign-form [name="password"]', PASSWORD);
    await page.press('#sign-form [name="password"]', 'Enter');
    const names = () => page.locator('#chats .name').allTextContents();
    await page.waitForSelector('#state[data-state="live"]');
    await until(async () => (await names()).length === 50, 'a page of them');
    await until(() => [...late.values()].every(Boolean), 'all are followed');
    await say('ada', chats[50], 'early, in sight');
    await say('ada', chats[0], 'early, far down');
    await until(async () => (await names())[0] === 'Hall 0.', 'it comes up');
    assert.deepEqual((await names()).slice(0, 3), ['Hall 0.', 'Hall 50.', 'Hall 51.']);
    for (const [name, text] of [['Hall 0.', 'far down'], ['Hall 50.', 'in sight']]) {
      assert.ok((await preview(page, name).textContent()).includes(`early, ${text}`), name);
      assert.equal(await page.locator(`#chats button:has-text("${name}") .unread`).textContent(), '1');
    }
    await page.context().close();
  });

test('a chat that goes on for long keeps its newest, and what one reads stays where it is', async () => {
  const chat = await group('Endless');
  await say('bob', chat, 'the very first');
  const ada = await browser.comeIn('ada');
  await openRoom(ada, 'Endless');
  await line(ada, 'the very first').waitFor();
  let said = 0;
  const go = async (count) => {
    for (const end = said + count; said < end;) {
      await Promise.all(Array.from({ length: 20 }, () => say('bob', chat, `line ${said++}`)));
    }
    await line(ada, `line ${said - 1}`).waitFor();
  };
  await go(1000);
  const shown = () => ada.locator('.message').count();
  assert.equal(await shown(), 1000);
  assert.equal(await line(ada, 'the very first').count(), 0);
  const top = (text) => ada.evaluate((words) => [...document.querySelectorAll('.message .text')]
    .find((span) => span.textContent === words).getBoundingClientRect().top, text);
  const read = `line ${said - 100}`;
  await ada.evaluate(() => {
    const box = document.getElementById('messages');
    box.scrollTop = box.scrollHeight / 2;
  });
  await until(() => ada.isVisible('#newest'), 'scrolled back');
  const before = await top(read);
  await go(20);
  assert.equal(await shown(), 1000);
  // 20 lines would be 500 px; the browser rounds each step.
  assert.ok(Math.abs(await top(read) - before) < 15, `${before} to ${await top(read)}`);
  await until(async () => {
    await ada.evaluate(() => { document.getElementById('messages').scrollTop = 0; });
    return await line(ada, 'the very first').count() === 1;
  }, 'the beginning');
  assert.equal(await shown(), said + 1);
  await ada.context().close();
});

test('by keyboard alone: in, to a chat, a line, a reaction, out', async () => {
  const chat = await group('Keys');
  await say('bob', chat, 'press something');
  const page = await browser.person();
  const tabTo = async (selector) => {
    for (let i = 0; i < 60; ++i) {
      if (await page.evaluate((at) => document.activeElement?.matches(at), selector)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`${selector} is out of reach`);
  };
  await page.waitForSelector('[data-demo="ada"]');
  await tabTo('[data-demo="ada"]');
  await page.keyboard.press('Enter');
  await page.locator('#chats button', { hasText: 'Keys' }).waitFor();
  await tabTo(`#chats button[data-id="${chat}"]`);
  await page.keyboard.press('Enter');
  await line(page, 'press something').waitFor();
  await tabTo('#text');
  await page.keyboard.type('a key');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.message[data-state="sent"]:has-text("a key")');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('1');
  await line(page, 'press something').locator('.reactions button[aria-pressed="true"]').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'text');
  await tabTo('#new-chat');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#dialog[open]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#dialog:not([open])', { state: 'attached' });
  await tabTo('#sign-out');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#sign:not([hidden])');
  await page.context().close();
});

test('a page of another origin imports kith.js; its socket needs the origin to be listed', async () => {
  const pages = createServer((_, response) => response.setHeader('Content-Type', 'text/html')
    .end('<!doctype html><title>elsewhere</title>')).listen(0, '127.0.0.1');
  await once(pages, 'listening');
  const origin = `http://127.0.0.1:${pages.address().port}`;
  const connected = async (settings) => {
    const server = new Kithd({ flags: ['--demo'], settings });
    const context = await browser.chromium.newContext();
    try {
      await server.start();
      const { access_token: token } = await server.login('ada@demo.kith', PASSWORD);
      const page = await context.newPage();
      await page.goto(origin);
      return await page.evaluate(async ([url, bearer]) => {
        const { connect } = await import(`${url}/kith.js`);
        const kith = connect({ url, token: bearer });
        const state = await new Promise((resolve) => kith.on('state', (now, before) => {
          if (now === 'live' || (now === 'offline' && before === 'connecting')) resolve(now);
        }));
        kith.close();
        return state;
      }, [server.origin, token]);
    } finally {
      await context.close();
      await server.remove();
    }
  };
  try {
    assert.equal(await connected([`gateway.allowed_origins=${origin}`]), 'live');
    assert.equal(await connected([]), 'offline');
  } finally {
    pages.close();
  }
});
