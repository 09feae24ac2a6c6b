// kith.js against a server that is played here, frame by frame: the rules of the wire for positions,
// acks, closes and back-off, each of which a client could get wrong without anybody noticing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '../../gateway/pages/kith/kith.js';
import { until } from './kithd.mjs';
import { CHAT, ME, OTHER, Played, client, message, opened, storageOf, tokenOf } from './played.mjs';

test('a repeat is dropped, and a hole is asked for again from where one is', async () => {
  const played = await Played.start();
  const { events, chat } = await opened(played);
  played.say(message(11), message(11), message(12), message(11));
  await until(() => chat.position === 12, 'position');
  played.answers.subscribe = null;
  played.say(message(14));
  const asked = await played.next('subscribe', 2);
  assert.equal(asked.after_seq, 12);
  played.say(message(13), message(14), message(15),
    { type: 'subscribed', id: asked.id, channel: CHAT, seq: 15, recovered: true });
  await until(() => chat.live, 'live again');
  assert.deepEqual(events, [11, 12, 13, 14, 15]);
  assert.deepEqual(chat.messages.map(({ seq }) => seq), [11, 12, 13, 14, 15]);
});

test('an ack stands in place of the event; one of a duplicate moves nothing', async () => {
  const played = await Played.start();
  const { events, chat } = await opened(played);
  const first = chat.send('first');
  assert.equal(first.state, 'sending');
  const frame = await played.next('message.new');
  assert.match(frame.client_message_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  played.say({ type: 'ack', id: frame.id, chat_id: CHAT, message_id: 'msg_11', seq: 11 });
  await first.sent;
  assert.deepEqual([first.state, first.seq, chat.position], ['sent', 11, 11]);
  const second = chat.send('second');
  const again = await played.next('message.new', 2);
  played.say({ type: 'ack', id: again.id, chat_id: CHAT, message_id: 'msg_12', seq: 12,
    duplicate: true });
  await second.sent;
  assert.equal(chat.position, 11);
  assert.equal(chat.messages.at(-1), second);
  played.say(message(12, { sender_id: ME, message_id: 'msg_12',
    client_message_id: second.client_message_id }));
  await until(() => chat.position === 12, 'the event');
  assert.equal(chat.messages.length, 2);
  // One that has overtaken events which are still to come moves nothing, and asks for nothing.
  const third = chat.send('third');
  const ahead = await played.next('message.new', 3);
  played.say({ type: 'ack', id: ahead.id, chat_id: CHAT, message_id: 'msg_14', seq: 14 });
  await third.sent;
  assert.deepEqual([chat.position, played.of('subscribe').length], [12, 1]);
  assert.equal(chat.messages.at(-1), third);
  played.say(message(13), message(14, { sender_id: ME, client_message_id: third.client_message_id }));
  await until(() => chat.position === 14, 'both');
  // What was sent over HTTP is acked without an id, and its event comes besides.
  played.say({ type: 'ack', chat_id: CHAT, message_id: 'msg_15', seq: 15 },
    message(15, { sender_id: ME }));
  await until(() => chat.position === 15, 'what HTTP sent');
  assert.deepEqual(events, [11, 12, 13, 14, 15]);
});

test('where a frame went twice, the ack of the repeat may overtake the one that moves', async () => {
  const played = await Played.start();
  const { events, chat } = await opened(played);
  const sent = chat.send('said twice by the line');
  const frame = await played.next('message.new');
  const ack = { type: 'ack', id: frame.id, chat_id: CHAT, message_id: 'msg_11', seq: 11 };
  played.say({ ...ack, duplicate: true }, ack, ack);
  await sent.sent;
  await until(() => chat.position === 11, 'the ack that stands for the event');
  assert.deepEqual(events, [11]);
  assert.deepEqual(chat.messages, [sent]);
});

test('an ack during a replay does not move the position', async () => {
  const played = await Played.start();
  const { events, chat } = await opened(played);
  played.answers.subscribe = null;
  played.say(message(12));  // a hole: asked for anew
  const asked = await played.next('subscribe', 2);
  const sent = chat.send('meanwhile');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(played.of('message.new').length, 0);  // not before the chat is live
  played.say(message(11), message(12),
    { type: 'subscribed', id: asked.id, channel: CHAT, seq: 12, recovered: true });
  const frame = await played.next('message.new');
  played.say({ type: 'ack', id: frame.id, chat_id: CHAT, message_id: 'msg_13', seq: 13 });
  await sent.sent;
  assert.deepEqual(events, [11, 12, 13]);
});

test('what changes a chat is sent one by one, and again after a break', async () => {
  const played = await Played.start();
  const { chat } = await opened(played);
  const one = chat.send('one');
  const two = chat.send('two');
  await played.next('message.new');
  assert.equal(played.of('message.new').length, 1);
  played.answers['connection.init'] = () => played.say(
    message(11, { sender_id: ME, client_message_id: one.client_message_id }),
    { type: 'subscribed', channel: CHAT, seq: 11, recovered: true });
  played.socket.terminate();
  const init = await played.next('connection.init', 2);
  assert.deepEqual(init.resume, { [ME]: 0, [CHAT]: 10 });
  assert.equal(init.epoch, 'E1');
  await one.sent;  // by its event: it is not sent again
  const next = await played.next('message.new', 2);
  assert.equal(next.client_message_id, two.client_message_id);
  assert.deepEqual(chat.messages, [one, two]);
});

test('rate_limited waits as long as it is told; what is refused for good fails', async () => {
  const played = await Played.start();
  const { chat } = await opened(played);
  const sent = chat.send('patience');
  const frame = await played.next('message.new');
  const at = Date.now();
  played.say({ type: 'error', id: frame.id, code: 'rate_limited', message: '', retry_after_ms: 80 });
  const again = await played.next('message.new', 2);
  assert.ok(Date.now() - at >= 75);
  assert.equal(again.client_message_id, sent.client_message_id);
  played.say({ type: 'error', id: again.id, code: 'forbidden', message: 'muted' });
  await assert.rejects(sent.sent, { code: 'forbidden' });
  assert.equal(sent.state, 'failed');
  chat.retry(sent);
  const third = await played.next('message.new', 3);
  assert.equal(third.client_message_id, sent.client_message_id);
  played.say({ type: 'error', id: third.id, code: 'forbidden', message: 'muted' });
  await assert.rejects(sent.sent);
  assert.equal(chat.discard(sent), true);
  assert.deepEqual(chat.messages, []);
  const long = chat.send('x'.repeat(3000));
  await assert.rejects(long.sent, { code: 'too_large' });
});

test('recovered:false drops what was cached, and loads it anew', async () => {
  const played = await Played.start();
  const { kith, chat } = await opened(played);
  const resets = [];
  kith.on('reset', (what) => resets.push(what));
  played.say(message(11));
  await until(() => chat.messages.length === 1, 'a message');
  played.answers['connection.init'] = () => played.say(
    { type: 'subscribed', channel: CHAT, seq: 5000, recovered: false, gap: { from: 12, to: 5000 } });
  played.answers.history = (frame) => setTimeout(() => played.say(message(5001), { type: 'history',
    id: frame.id, chat_id: CHAT, seq: 5001, next_before_seq: 4999,
    messages: [message(4999), message(5001)] }), 30);
  played.socket.terminate();
  await until(() => kith.state === 'catching up' && resets.length === 1, 'catching up');
  await until(() => kith.state === 'live', 'live');
  assert.deepEqual(resets, [{ channel: CHAT, gap: { from: 12, to: 5000 } }]);
  assert.deepEqual(chat.messages.map(({ seq }) => seq), [4999, 5001]);
  assert.equal(chat.complete, false);
});

test('where follow is quicker than a subscribe, nothing between the two is missed', async () => {
  const played = await Played.start();
  const { kith, events } = client(played, { follow: ['chats'] });
  played.answers.history = (frame) => played.say({ type: 'history', id: frame.id, chat_id: CHAT,
    seq: 6, messages: [], next_before_seq: null });
  const resets = [];
  kith.on('reset', (what) => resets.push(what));
  const opening = kith.chat(CHAT).open();
  const first = await played.next('subscribe');
  assert.equal(first.after_seq, undefined);
  played.say({ type: 'subscribed', channel: CHAT, seq: 4, recovered: false });
  const second = await played.next('subscribe', 2);
  assert.equal(second.after_seq, 4);
  played.say({ type: 'subscribed', id: first.id, channel: CHAT, seq: 5, recovered: false },
    message(6), message(5), message(6),
    { type: 'subscribed', id: second.id, channel: CHAT, seq: 6, recovered: true });
  await opening;
  assert.deepEqual([events, resets, kith.chat(CHAT).position], [[5, 6], [], 6]);
});

test('another epoch is another history', async () => {
  const played = await Played.start();
  const { kith, chat } = await opened(played);
  played.say(message(11));
  await until(() => chat.messages.length === 1, 'a message');
  played.epoch = 'E2';
  played.answers['connection.init'] = () => played.say(
    { type: 'subscribed', channel: CHAT, seq: 11, recovered: false });
  played.answers.history = (frame) => played.say({ type: 'history', id: frame.id, chat_id: CHAT,
    seq: 11, next_before_seq: null, messages: [message(11, { message_id: 'msg_other' })] });
  played.say({ type: 'connection.closing', code: 4000, reconnect: true });
  played.socket.close(4000);
  await until(() => kith.epoch === 'E2' && kith.state === 'live' && chat.loaded, 'the new history');
  assert.deepEqual(chat.messages.map((m) => m.message_id), ['msg_other']);
});

test('a page of history says as of when: what it holds is not applied twice', async () => {
  const played = await Played.start();
  played.answers.subscribe = (frame) => played.say(
    { type: 'subscribed', id: frame.id, channel: CHAT, seq: 10, recovered: false });
  const { kith } = client(played);
  const chat = kith.chat(CHAT);
  const opening = chat.open();
  const asked = await played.next('history');
  const reaction = (seq, user) => ({ type: 'reaction.add', chat_id: CHAT, seq, message_id: 'msg_9',
    user_id: user, emoji: '👍' });
  played.say({ type: 'history', id: asked.id, chat_id: CHAT, seq: 11, next_before_seq: null,
    messages: [message(9, { reactions: [{ emoji: '👍', count: 1, me: false }] })] },
  reaction(11, OTHER), reaction(12, ME));
  await opening;
  await until(() => chat.position === 12, 'both');
  assert.deepEqual(chat.messages[0].reactions, [{ emoji: '👍', count: 2, me: true }]);
});

test('4500 to 4999: it does not come back; all else: it does', async () => {
  for (const code of [4500, 4507, 4999]) {
    const played = await Played.start();
    const { kith } = client(played);
    await until(() => kith.state === 'live', 'live');
    played.socket.close(code);
    await until(() => kith.error, 'its end');
    assert.deepEqual([kith.state, kith.error.close], ['offline', code]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(played.sockets.length, 1);
  }
  const played = await Played.start();
  const asked = [];
  const { kith } = client(played, { token: ({ reason }) => { asked.push(reason); return 'token'; } });
  for (const [i, code] of [4000, 4003, 4008, 4499, 1001, 1011].entries()) {
    await until(() => kith.state === 'live' && played.sockets.length === i + 1, `back (${code})`);
    played.socket.close(code);
  }
  await until(() => played.sockets.length === 7, 'back for the last time');
  assert.equal(kith.error, null);
  assert.deepEqual(asked, ['connect', 'connect', 'expired', 'connect', 'connect', 'connect', 'connect']);
});

test('the back-off is full jitter under a doubling ceiling, and honours retry_after_ms', async () => {
  const played = await Played.start();
  const { kith } = client(played, { backoffBase: 40, backoffMax: 320 });
  const waits = [];
  kith.on('state', (state) => {
    if (state === 'offline') waits.push(kith.retryAt - Date.now());
    if (state === 'offline') setTimeout(() => kith.reconnect(), 1);
  });
  for (let i = 1; i <= 40; ++i) {
    await until(() => kith.state === 'live' && played.sockets.length === i, `connection ${i}`);
    played.socket.terminate();
  }
  await until(() => waits.length === 40, 'waits');
  waits.forEach((wait, i) => assert.ok(wait <= Math.min(320, 40 * 2 ** i) + 1, `${wait} at ${i}`));
  assert.ok(Math.min(...waits.slice(5)) < 160 && Math.max(...waits.slice(5)) > 160, `${waits}`);
  await until(() => kith.state === 'live', 'live');
  played.say({ type: 'connection.closing', code: 4001, reconnect: true, retry_after_ms: 2000 });
  played.socket.close(4001);
  await until(() => waits.length === 41, 'the last wait');
  assert.ok(waits[40] > 1900, `${waits[40]}`);
});

test('a token is renewed before it expires, on the same socket', async () => {
  const played = await Played.start();
  played.answers['connection.refresh'] = (frame) => played.say({ type: 'ack', id: frame.id });
  const { kith } = client(played, { token: ({ reason }) => `token for ${reason}` });
  await until(() => kith.state === 'live', 'live');
  played.say({ type: 'connection.expiring', expires_in_ms: 60000 });
  const frame = await played.next('connection.refresh');
  assert.equal(frame.token, 'token for expiring');
  assert.equal(played.sockets.length, 1);
});

test('a connection that answers nothing is given up', async () => {
  const played = await Played.start();
  const { kith } = client(played, { answerTimeout: 60, idleTimeout: 40 });
  await until(() => played.of('ping').length > 0, 'a ping after silence');
  await until(() => played.sockets.length > 1, 'another connection');
  assert.equal(kith.error, null);
});

test('typing and read marks are throttled, and stop by themselves', async () => {
  const played = await Played.start();
  const { chat } = await opened(played);
  played.answers['delivery.read'] = (frame) => played.say({ type: 'ack', id: frame.id });
  for (let i = 0; i < 20; ++i) chat.keystroke();
  await played.next('typing.start');
  chat.stopTyping();
  await played.next('typing.stop');
  assert.equal(played.of('typing.start').length, 1);
  played.say(...[11, 12, 13, 14].map((seq) => message(seq)));
  await until(() => chat.position === 14, 'messages');
  for (const shown of chat.messages) chat.markRead(shown);
  chat.markRead(chat.messages[1]);  // never backwards
  const last = await played.next('delivery.read', 2);
  assert.equal(played.of('delivery.read')[0].last_read_message_id, 'msg_11');
  assert.equal(last.last_read_message_id, 'msg_14');
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(played.of('delivery.read').length, 2);
});

test('unsent messages outlive the page where there is a storage', async () => {
  const storage = storageOf();
  const { kept } = storage;
  const token = tokenOf(ME);
  const played = await Played.start();
  const { kith, chat } = await opened(played, { storage, token });
  const sent = [chat.send('one'), chat.send('two')];
  await played.next('message.new');
  kith.close();
  assert.equal(kept.size, 2);
  const stranger = client(played, { storage, token: 'x.e30.y' });  // another user sends nothing
  await until(() => stranger.kith.state === 'live', 'the other');
  stranger.kith.close();
  const after = await opened(played, { storage, token });
  const pending = after.chat.messages.map((m) => [m.client_message_id, m.state]);
  assert.deepEqual(pending, sent.map((m) => [m.client_message_id, 'sending']));
  let seq = 10;
  played.answers['message.new'] = (frame) => played.say({ type: 'ack', id: frame.id, chat_id: CHAT,
    message_id: `msg_${++seq}`, seq });
  after.kith.reconnect();
  const [under] = played.of('message.new').slice(-1);
  played.answers['message.new'](under);
  await until(() => kept.size === 0, 'all sent');
  assert.deepEqual(after.chat.messages.map((m) => m.content.text), ['one', 'two']);
});

test('a consumer that is too far behind is told so', async () => {
  const played = await Played.start();
  const { kith, chat } = await opened(played, { iteratorMax: 3 });
  const events = kith[Symbol.asyncIterator]();
  played.say(message(11), message(12));
  assert.equal((await events.next()).value.seq, 11);
  assert.equal((await events.next()).value.seq, 12);
  played.say(...[13, 14, 15, 16].map((seq) => message(seq)));
  await until(() => chat.position === 16, 'all');
  await assert.rejects(events.next(), { code: 'too_slow' });
  assert.equal((await events.next()).done, true);
});

test('UUIDv7 rise strictly', () => {
  const ids = Array.from({ length: 10000 }, uuidv7);
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
});
