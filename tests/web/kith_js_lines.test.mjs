// kith.js where lines die in silence, pages end and come back, and nobody wants to hear any more:
// against a server that is played here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { CHAT, ME, OTHER, Played, client, message, opened, storageOf, tokenOf } from './played.mjs';
import { until } from './kithd.mjs';

test('a message that was refused for good comes back as failed, and is not sent again', async () => {
  const played = await Played.start();
  const options = { storage: storageOf(), token: tokenOf(ME) };
  const { kith, chat } = await opened(played, options);
  const sent = chat.send('muted, and said all the same');
  const frame = await played.next('message.new');
  played.say({ type: 'error', id: frame.id, code: 'forbidden', message: 'you are muted' });
  await assert.rejects(sent.sent, { code: 'forbidden' });
  kith.close();

  const after = await opened(played, options);
  const [shown] = after.chat.messages;
  assert.deepEqual([shown.client_message_id, shown.state], [sent.client_message_id, 'failed']);
  assert.deepEqual([shown.error.code, shown.error.message], ['forbidden', 'you are muted']);
  played.answers.ping = (frame) => played.say({ type: 'pong', id: frame.id });
  await after.kith.request('ping');
  assert.equal(played.of('message.new').length, 1);
  after.chat.retry(shown);  // only where somebody asks for it
  const again = await played.next('message.new', 2);
  assert.equal(again.client_message_id, sent.client_message_id);
  played.say({ type: 'error', id: again.id, code: 'forbidden', message: 'still' });
  await assert.rejects(shown.sent, { code: 'forbidden' });
  assert.equal(after.chat.discard(shown), true);
  assert.equal(options.storage.kept.size, 0);
  after.kith.close();
  assert.deepEqual((await opened(played, options)).chat.messages, []);
});

test('a request waits for the connection, for as long as an answer may take', async () => {
  const played = await Played.start();
  played.answers.ping = (frame) => played.say({ type: 'pong', id: frame.id });
  const { kith } = client(played);
  assert.equal((await kith.request('ping')).type, 'pong');  // asked before there was any
  const breaks = new Promise((resolve) => { kith.on('state', resolve); });
  played.socket.terminate();
  assert.equal(await breaks, 'offline');
  assert.equal((await kith.request('ping')).type, 'pong');
  assert.equal(played.frames.at(-2).type, 'connection.init');  // not said before the server is ready

  played.answers.init = null;
  const unheard = client(played, { answerTimeout: 50 }).kith;
  await assert.rejects(unheard.request('ping'), { code: 'disconnected', message: /no connection/ });
  const waits = unheard.presence(CHAT);
  unheard.close();
  await assert.rejects(waits, { code: 'closed' });
  await assert.rejects(unheard.request('ping'), { code: 'closed' });
  assert.equal(unheard._timers.size, 0);
});

test('what an earlier page left unsent goes before what this one writes', async () => {
  const played = await Played.start();
  const options = { storage: storageOf(), token: tokenOf(ME) };
  const first = await opened(played, options);
  first.chat.send('one');
  first.chat.send('two');
  await played.next('message.new');
  first.kith.close();
  let seq = 10;
  const sent = [];
  played.answers['message.new'] = (frame) => {
    sent.push(frame.content.text);
    played.say({ type: 'ack', id: frame.id, chat_id: CHAT, message_id: `msg_${++seq}`, seq });
  };
  const { kith } = client(played, options);
  const chat = kith.chat(CHAT);
  const third = chat.send('three');  // before the client knows whose it is
  await chat.open();
  await third.sent;
  assert.deepEqual(sent, ['one', 'two', 'three']);
  assert.deepEqual(chat.messages.map((m) => m.content.text), ['one', 'two', 'three']);
});

test('what one sent before a chat was loaded leaves no hole in it', async () => {
  const played = await Played.start();
  const { kith } = client(played, { follow: ['chats'] });
  await until(() => kith.state === 'live', 'live');
  played.say({ type: 'subscribed', channel: CHAT, seq: 10, recovered: false });
  const chat = kith.chat(CHAT);
  await until(() => chat.live, 'followed');
  const sent = chat.send('before it is open');
  const frame = await played.next('message.new');
  played.say({ type: 'ack', id: frame.id, chat_id: CHAT, message_id: 'msg_11', seq: 11 });
  await sent.sent;
  played.say(...[12, 13, 14, 15].map((seq) => message(seq)));
  await until(() => chat.position === 15, 'what others say');
  played.answers.history = ({ id, before_seq: before }) => played.say({ type: 'history', id,
    chat_id: CHAT, seq: 15, next_before_seq: before ? null : 14,
    messages: before ? [message(11, { sender_id: ME, client_message_id: sent.client_message_id }),
      message(12), message(13)] : [message(14), message(15)] });
  await chat.open({ limit: 2 });
  assert.deepEqual(chat.messages.map(({ seq }) => seq), [14, 15]);
  await chat.older();
  assert.deepEqual(chat.messages.map(({ seq }) => seq), [11, 12, 13, 14, 15]);
});

test('what was unsubscribed stays so over a reconnect, though follow brings it back', async () => {
  const played = await Played.start();
  played.answers['connection.init'] = () => played.say(
    { type: 'subscribed', channel: CHAT, seq: 10, recovered: false });
  played.answers.unsubscribe = (frame) => played.say(
    { type: 'unsubscribed', id: frame.id, channel: frame.channel });
  const { kith, events } = client(played, { follow: ['chats'] });
  const states = [];
  kith.on('typing.start', (event) => states.push(event));
  await until(() => kith.channels.get(CHAT)?.live, 'followed');
  const waiting = kith.unsubscribe(CHAT);
  await waiting;
  played.socket.terminate();
  await played.next('connection.init', 2);
  const again = await played.next('unsubscribe', 2);
  assert.equal(again.channel, CHAT);
  played.say(message(11), { type: 'typing.start', chat_id: CHAT, user_id: OTHER });
  await until(() => kith.state === 'live', 'live');
  played.answers.ping = (frame) => played.say({ type: 'pong', id: frame.id });
  await kith.request('ping');
  assert.deepEqual([events, states, kith.channels.get(CHAT).live], [[], [], false]);
  // Until it is wanted again.
  played.answers.subscribe = (frame) => played.say(
    { type: 'subscribed', id: frame.id, channel: CHAT, seq: 11, recovered: false });
  await kith.subscribe(CHAT);
  played.say(message(12));
  await until(() => events.length === 1, 'an event');
  await assert.rejects(kith.unsubscribe(ME), { code: 'bad_request' });
});

test('who waits for an open when it is unsubscribed, or the client closed, is told', async () => {
  const played = await Played.start();
  const { kith } = client(played);
  const opening = kith.chat(CHAT).open();
  await played.next('subscribe');
  kith.unsubscribe(CHAT).catch(() => {});
  await assert.rejects(opening, { code: 'closed' });

  // A busy store: the page is asked for again in a minute.
  played.answers.history = (frame) => played.say({ type: 'error', id: frame.id,
    code: 'unavailable', message: 'busy', retry_after_ms: 60000 });
  played.answers.subscribe = (frame) => played.say(
    { type: 'subscribed', id: frame.id, channel: CHAT, seq: 10, recovered: false });
  const busy = kith.chat(CHAT).open();
  await played.next('history');
  const sent = kith.chat(CHAT).send('never answered');
  const edit = kith.chat(CHAT).edit('msg_1', 'neither');
  await played.next('message.new');
  await until(() => kith._waits.size === 1, 'the wait');
  kith.close();
  for (const waits of [busy, sent.sent, edit, kith.chat(CHAT).open(), kith.chat(CHAT).whenLive()]) {
    await assert.rejects(waits, { code: 'closed' });
  }
  assert.equal(sent.state, 'sending');
});

test('a line that dies in silence is noticed, long before an answer is overdue', async () => {
  const played = await Played.start();
  played.answers.ping = (frame) => played.say({ type: 'pong', id: frame.id });
  const { kith } = client(played, { idleTimeout: 40, pingTimeout: 500, answerTimeout: 60000 });
  await played.next('ping', 3);
  assert.equal(played.sockets.length, 1);  // while it answers, it stays
  played.answers.ping = null;
  await until(() => played.sockets.length === 2, 'another connection', 5000);
  assert.equal(kith.error, null);
  // Whatever comes is a sign of life, though the answer to the ping is long in coming.
  played.answers.ping = () => played.say({ type: 'connection.hum' });
  const pings = played.of('ping').length;
  await played.next('ping', pings + 4);
  assert.equal(played.sockets.length, 2);
});

// What a browser has, and Node has not.
function browserEvents(t) {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const network = new EventTarget();
  Object.assign(globalThis, { document: page,
    addEventListener: network.addEventListener.bind(network),
    removeEventListener: network.removeEventListener.bind(network) });
  t.after(() => {
    for (const name of ['document', 'addEventListener', 'removeEventListener']) {
      delete globalThis[name];
    }
  });
  return { page, network };
}

test('a network that is back, or a page that is looked at again, is asked about at once',
  async (t) => {
    const { page, network } = browserEvents(t);
    const played = await Played.start();
    const { kith } = client(played, { backoffBase: 3600000, backoffMax: 3600000, pingTimeout: 50 });
    await until(() => kith.state === 'live', 'live');
    for (const [target, event] of [[network, 'online'], [page, 'visibilitychange']]) {
      const { length } = played.sockets;
      const pings = played.of('ping').length;
      target.dispatchEvent(new Event(event));
      await played.next('ping', pings + 1);
      await until(() => kith.state === 'offline', 'it is dead');  // no pong
      assert.ok(kith.retryAt - Date.now() > 100);
      target.dispatchEvent(new Event(event));
      await until(() => kith.state === 'live' && played.sockets.length === length + 1, 'back');
    }
    page.visibilityState = 'hidden';  // going away is no reason
    const pings = played.of('ping').length;
    page.dispatchEvent(new Event('visibilitychange'));
    played.say({ type: 'connection.hum' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(played.of('ping').length, pings);
  });

test('the package holds the module, its types, its readme and its licence', async () => {
  const cwd = new URL('../../gateway/pages/kith/', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json'], { cwd });
  const [{ files }] = JSON.parse(stdout);
  assert.deepEqual(files.map(({ path }) => path).sort(),
    ['LICENSE', 'README.md', 'kith.d.ts', 'kith.js', 'package.json']);
});
