// kith.js and what it keeps of a chat: how much, over which history, and what others are told of it.
// Against a server that is played here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHAT, ME, OTHER, Played, client, message, opened, storageOf, tokenOf } from './played.mjs';
import { until } from './kithd.mjs';

test('what an app says in a chat leaves alone who is there', async () => {
  const played = await Played.start();
  const { kith, chat } = await opened(played);
  const seen = [];
  for (const type of ['app.event', 'app.state']) kith.on(type, (event) => seen.push(event.type));
  played.say({ type: 'presence.join', chat_id: CHAT, user_id: OTHER, count: 1 },
    { type: 'app.state', chat_id: CHAT, user_id: OTHER, state: { x: 1 } },
    { type: 'app.event', chat_id: CHAT, seq: 11, name: 'moved' });
  await until(() => seen.length === 2, 'both');
  assert.deepEqual([chat.presence.count, [...chat.presence.users]], [1, [OTHER]]);
});

test('a chat keeps its newest, and older() brings the rest back, and then all stay', async () => {
  const played = await Played.start();
  const { chat } = await opened(played, { keep: 5 });
  const seqs = () => chat.messages.map(({ seq }) => seq);
  assert.equal(chat.complete, true);
  for (let seq = 11; seq <= 20; ++seq) played.say(message(seq));
  await until(() => chat.position === 20, 'ten');
  assert.deepEqual(seqs(), [16, 17, 18, 19, 20]);
  assert.deepEqual([chat.complete, chat.find('msg_15'), chat.find('msg_16').seq], [false, null, 16]);
  played.answers.history = ({ id, before_seq: before }) => played.say({ type: 'history', id,
    chat_id: CHAT, seq: 20, next_before_seq: before - 3,
    messages: [before - 3, before - 2, before - 1].map((seq) => message(seq)) });
  await chat.older(3);
  assert.equal(played.of('history').at(-1).before_seq, 16);
  assert.deepEqual(seqs(), [13, 14, 15, 16, 17, 18, 19, 20]);
  played.say(message(21), message(22));
  await until(() => chat.position === 22, 'more');
  assert.equal(seqs().length, 10);
});

test('what was sent to a chat that nobody looks at is kept until it is committed, not longer',
  async () => {
    const played = await Played.start();
    const { kith } = client(played);
    let seq = 0;
    played.answers['message.new'] = (frame) => played.say({ type: 'ack', id: frame.id, chat_id: CHAT,
      message_id: `msg_${++seq}`, seq });
    const chat = kith.chat(CHAT);
    const sent = Array.from({ length: 20 }, (_, i) => chat.send(`${i}`));
    assert.equal(chat.messages.length, 20);
    await Promise.all(sent.map((own) => own.sent));
    assert.deepEqual(sent.map((own) => [own.state, own.seq]), sent.map((_, i) => ['sent', i + 1]));
    assert.deepEqual(chat.messages, []);
  });

test('a message that is restored comes back, also where the line breaks meanwhile', async () => {
  const played = await Played.start();
  const { chat } = await opened(played);
  played.say(message(11),
    { type: 'system.moderation', chat_id: CHAT, seq: 12, action: 'hide', message_id: 'msg_11' });
  await until(() => chat.position === 12, 'hidden');
  assert.equal(chat.messages[0].content.type, 'tombstone');
  played.answers.history = () => played.socket.terminate();
  played.answers['connection.init'] = () => played.say(
    { type: 'subscribed', channel: CHAT, seq: 13, recovered: true });
  played.say({ type: 'system.moderation', chat_id: CHAT, seq: 13, action: 'restore',
    message_id: 'msg_11' });
  await played.next('history', 2);
  played.answers.history = (frame) => played.say({ type: 'history', id: frame.id, chat_id: CHAT,
    seq: 13, next_before_seq: null, messages: [message(11)] });
  await until(() => chat.messages[0].content.text === '11', 'restored');
});

test('in another epoch nobody has read what bears the same number', async () => {
  const played = await Played.start();
  const { kith, chat } = await opened(played);
  played.answers['delivery.read'] = (frame) => played.say({ type: 'ack', id: frame.id });
  played.say(message(11, { sender_id: ME }), message(12),
    { type: 'delivery.read', chat_id: CHAT, user_id: OTHER, last_read_seq: 12 });
  await until(() => chat.receipts.get(OTHER) === 12, 'read');
  chat.markRead();
  await until(() => chat._read?.acked === 'msg_12', 'and marked');
  played.epoch = 'E2';
  played.answers['connection.init'] = () => played.say({ type: 'subscribed', channel: CHAT, seq: 3,
    recovered: false, receipts: [{ user_id: OTHER, last_read_seq: 1 }] });
  const anew = [2, 3].map((seq) => message(seq, { message_id: `new_${seq}`, sender_id: OTHER }));
  played.answers.history = (frame) => played.say({ type: 'history', id: frame.id, chat_id: CHAT,
    seq: 3, next_before_seq: null, messages: anew });
  played.socket.close(4000);
  await until(() => kith.epoch === 'E2' && kith.state === 'live' && chat.loaded, 'the new history');
  assert.deepEqual([...chat.receipts], [[OTHER, 1]]);
  chat.markRead();
  const marks = () => played.of('delivery.read').map((frame) => frame.last_read_message_id);
  await until(() => marks().includes('new_3'), 'a mark in the new one');
  assert.deepEqual(marks(), ['msg_12', 'new_3']);
});

test('a read mark that was refused for the moment is sent again, when the server said', async () => {
  const played = await Played.start();
  const { chat } = await opened(played);
  played.answers['delivery.read'] = (frame) => played.say(played.of('delivery.read').length === 1
    ? { type: 'error', id: frame.id, code: 'rate_limited', message: '', retry_after_ms: 1300 }
    : { type: 'ack', id: frame.id });
  played.say(message(11));
  await until(() => chat.position === 11, 'a message');
  const at = Date.now();
  chat.markRead();
  await played.next('delivery.read', 2);
  assert.ok(Date.now() - at >= 1290, `${Date.now() - at}`);
  await until(() => chat._read.acked === 'msg_11', 'marked');
});

test('typing is said again while it goes on, and its end by itself', async () => {
  const played = await Played.start();
  const { chat } = await opened(played);
  const began = Date.now();
  chat.keystroke();
  await played.next('typing.start');
  const typing = setInterval(() => chat.keystroke(), 100);
  await played.next('typing.start', 2);
  clearInterval(typing);
  const again = Date.now();
  assert.ok(again - began >= 2900, `said again after ${again - began} ms`);
  await played.next('typing.stop');
  assert.ok(Date.now() - again >= 3700, `stopped after ${Date.now() - again} ms`);
  assert.equal(played.of('typing.start').length, 2);
});

test('a storage that is full is told, and the message goes out all the same', async () => {
  const played = await Played.start();
  const storage = Object.assign(storageOf(), { setItem: () => {
    throw new DOMException('no room', 'QuotaExceededError');
  } });
  const { kith, chat } = await opened(played, { storage, token: tokenOf(ME) });
  const errors = [];
  kith.on('error', (error) => errors.push(error));
  played.answers['message.new'] = (frame) => played.say({ type: 'ack', id: frame.id, chat_id: CHAT,
    message_id: 'msg_11', seq: 11 });
  await chat.send('nowhere to keep it').sent;
  assert.deepEqual(errors.map(({ code }) => code), ['storage']);
  assert.match(errors[0].message, /no room/);
});

test('two live clients share what is unsent without taking it from each other', async () => {
  const storage = storageOf();
  const played = await Played.start();
  const options = { storage, token: tokenOf(ME) };
  const stored = new Map();  // client_message_id -> seq: as the server does, each once
  const answer = (frame) => {
    const id = frame.client_message_id;
    const duplicate = stored.has(id);
    if (!duplicate) stored.set(id, 11 + stored.size);
    return { type: 'ack', id: frame.id, chat_id: CHAT, message_id: `msg_${stored.get(id)}`,
      seq: stored.get(id), ...(duplicate ? { duplicate } : {}) };
  };
  const one = await opened(played, options);
  const first = one.chat.send('from the first tab');
  await played.next('message.new');
  const left = played.socket;
  const two = await opened(played, options);  // finds it, and sends it as well
  const second = two.chat.send('from the second');
  const taken = () => two.chat.messages.map((own) => own.content.text);
  assert.deepEqual(taken(), ['from the first tab', 'from the second']);
  assert.equal(storage.kept.size, 2);
  left.send(JSON.stringify(answer(played.of('message.new')[0])));
  await first.sent;
  assert.equal([...storage.kept.keys()].some((name) => name.endsWith(second.client_message_id)), true);
  played.answers['message.new'] = (frame) => played.say(answer(frame));
  played.answers['message.new'](await played.next('message.new', 2));
  await second.sent;
  assert.deepEqual([stored.size, storage.kept.size], [2, 0]);
});

test('a listener that throws is reported, and hinders nobody', async () => {
  const played = await Played.start();
  const { kith, chat } = await opened(played);
  const thrown = [];
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error.message));
  try {
    const seen = [];
    kith.on('message.new', () => { throw new Error('a listener\'s own'); });
    kith.on('message.new', ({ seq }) => seen.push(seq));
    played.say(message(11), message(12));
    await until(() => chat.position === 12 && thrown.length === 2, 'both');
    assert.deepEqual(seen, [11, 12]);
    assert.deepEqual(thrown, ['a listener\'s own', 'a listener\'s own']);
    assert.equal(kith.state, 'live');
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
  }
});
