// kith.js and the real kithd, where nothing breaks: what one sees of the others, long absences, rate
// limits, tokens that end, rights that end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { connect } from '../../gateway/pages/kith/kith.js';
import { Kithd, Random, runKithd, until } from './kithd.mjs';
import { Proxy } from './proxy.mjs';

const kithd = new Kithd({ settings: ['auth.access_minutes=1', 'limits.messages_per_minute=240'] });
let users;
let room;
const open = [];

before(async () => {
  const seeded = await kithd.seed(4, 3);
  users = seeded.users;
  room = seeded.chats[0].id;
  await kithd.start();
});
after(async () => {
  for (const opened of open) opened.close();
  await kithd.remove();
});

function client(user, options = {}) {
  const kith = connect({ url: kithd.origin, token: user.token, WebSocket, follow: ['chats'],
    ...options });
  open.push(kith);
  return kith;
}

test('typing, receipts, presence, edits, reactions and deletion reach the other', async () => {
  const [ada, bob] = users.map((user) => client(user));
  const [hers, his] = await Promise.all([ada, bob].map((kith) =>
    kith.chat(room).open({ presence: true })));
  await until(() => hers.presence.users.has(users[1].id), 'Bob is there');
  hers.keystroke();
  await until(() => his.typing.includes(users[0].id), 'Ada types');
  const sent = hers.send('tea?');
  await until(() => his.typing.length === 0, 'no more');
  await sent.sent;
  const seen = await until(() => his.find(sent.message_id), 'the message');
  assert.equal(seen.content.text, 'tea?');
  his.markRead();
  await until(() => hers.readBy(sent).includes(users[1].id), 'read');
  await his.react(sent.message_id, '☕');
  await hers.react(sent.message_id, '☕');
  for (const [chat, me] of [[hers, true], [his, true]]) {
    await until(() => chat.find(sent.message_id).reactions[0]?.count === 2, 'two cups');
    assert.equal(chat.find(sent.message_id).reactions[0].me, me);
  }
  await his.unreact(sent.message_id, '☕');
  await hers.edit(sent.message_id, 'coffee?');
  await until(() => seen.content.text === 'coffee?' && seen.edited_at, 'edited');
  assert.equal(seen.reactions[0].count, 1);
  const answer = his.send('both', { replyTo: sent.message_id });
  await answer.sent;
  await until(() => hers.find(answer.message_id)?.reply_to === sent.message_id, 'the answer');
  await hers.delete(sent.message_id);
  await until(() => seen.content.type === 'tombstone', 'deleted');
  const { count } = await ada.presence(room);
  assert.ok(count >= 2);
  await assert.rejects(his.edit(sent.message_id, 'not mine'), { code: 'forbidden' });
  await hers.moderate('hide', { message_id: answer.message_id });
  await until(() => his.find(answer.message_id).content.type === 'tombstone', 'hidden');
  await hers.moderate('restore', { message_id: answer.message_id });
  await until(() => his.find(answer.message_id).content.text === 'both', 'restored');
  await until(() => hers.find(answer.message_id).content.text === 'both', 'restored here too');
});

test('who was away for more than is replayed loads the chat anew', async () => {
  const server = new Kithd({ settings: ['limits.messages_per_minute=0'] });
  try {
    const { users: [ada, bob], chats: [{ id }] } = await server.seed(2, 2);
    await server.start();
    const proxy = await new Proxy({ random: new Random(1), target: server }).listen();
    const kith = connect({ url: proxy.origin, token: bob.token, WebSocket, backoffMax: 1000,
      historyLimit: 20 });
    open.push(kith, proxy);
    const chat = await kith.chat(id).open();
    const unsent = [];
    const resets = [];
    kith.on('reset', (what) => resets.push(what));
    proxy.goAway();
    await until(() => kith.state === 'offline', 'away');
    unsent.push(chat.send('written while away'));
    const say = (i) => server.ask('POST', `/chats/${id}/messages`, { token: ada.token,
      body: { client_message_id: `m${i}`, content: { type: 'text', text: `line ${i}` } } });
    for (let i = 0; i < 1100; i += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, k) => say(i + k)));
    }
    proxy.comeBack();
    kith.reconnect();
    await until(() => kith.state === 'live', 'back');
    await unsent[0].sent;
    assert.equal(resets.length, 1);
    assert.deepEqual(resets[0].gap, { from: 1, to: 1100 });
    while (await chat.older(200));
    const truth = await server.messages(id, bob.token);
    assert.equal(truth.length, 1101);
    assert.deepEqual(chat.messages.map((m) => m.message_id), truth.map((m) => m.id));
  } finally {
    await server.remove();
  }
});

test('over the rate limit a message waits for its turn, and none is lost', async () => {
  const kith = client(users[2]);
  const chat = await kith.chat(room).open();
  const sent = Array.from({ length: 30 }, (_, i) => chat.send(`quick ${i}`));
  await Promise.all(sent.map((message) => message.sent));
  const seqs = sent.map((message) => message.seq);
  assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
});

test('a socket lives on past its first token', async () => {
  const person = { email: 'long@example.com', password: 'a long session', display_name: 'Long' };
  await kithd.ask('POST', '/users', { body: person });
  let login = await kithd.login(person.email, person.password);
  const asked = [];
  const kith = client({ token: null }, { token: async ({ reason }) => {
    asked.push(reason);
    if (reason === 'expiring') {
      ({ body: login } = await kithd.ask('POST', '/auth/refresh',
        { body: { refresh_token: login.refresh_token } }));
    }
    return login.access_token;
  } });
  await until(() => asked.includes('expiring'), 'a renewal');
  await until(() => kith.state === 'live', 'live');
  await kith.request('ping');
  assert.equal(asked.filter((reason) => reason === 'connect').length, 1);
});

test('who is removed is told, and what waits to be sent fails with the reason', async () => {
  const { body: made } = await kithd.ask('POST', '/chats', { token: users[0].token,
    body: { type: 'group', name: 'brief', participant_ids: [users[3].id] } });
  const kith = client(users[3]);
  const chat = await kith.chat(made.id).open();
  const lost = new Promise((resolve) => { kith.on('unsubscribed', resolve); });
  const path = `/chats/${made.id}/participants/${users[3].id}`;
  await kithd.ask('DELETE', path, { token: users[0].token });
  assert.deepEqual(await lost, { channel: made.id, code: 'forbidden' });
  await assert.rejects(chat.send('still here?').sent, { code: 'forbidden' });
  await assert.rejects(chat.open(), { code: 'forbidden' });
});

test('a chat that one is brought into later is followed by itself', async () => {
  const kith = client(users[3]);
  const arrived = new Promise((resolve) => { kith.on('message.new', (event) => resolve(event)); });
  await until(() => kith.state === 'live', 'live');
  const { body: made } = await kithd.ask('POST', '/chats', { token: users[0].token,
    body: { type: 'direct', participant_ids: [users[3].id] } });
  await until(() => kith.channels.get(made.id)?.live, 'followed');
  await kithd.ask('POST', `/chats/${made.id}/messages`, { token: users[0].token,
    body: { client_message_id: 'x', content: { type: 'text', text: 'welcome' } } });
  assert.equal((await arrived).content.text, 'welcome');
});

test('for await hands out every event once and in order, and ends with the client', async () => {
  const [ada, bob] = [client(users[0]), client(users[1])];
  const hers = await ada.chat(room).open();
  await bob.chat(room).open();
  const seen = [];
  const reading = (async () => {
    for await (const event of bob) if (event.type === 'message.new') seen.push(event.content.text);
  })();
  const sent = ['a', 'b', 'c'].map((text) => hers.send(text));
  await Promise.all(sent.map((message) => message.sent));
  await until(() => seen.length === 3, 'three events');
  bob.close();
  await reading;
  assert.deepEqual(seen, ['a', 'b', 'c']);
});

test('an admin watches the counters move, and sees who reads too slowly', async () => {
  const server = new Kithd({ settings: ['limits.messages_per_minute=0'] });
  try {
    const { users: [ada, slow, admin], chats: [{ id }] } = await server.seed(3, 3);
    await server.grant(admin.id, 'admin');
    await server.start();
    const connected = (user) => {
      const kith = connect({ url: server.origin, token: user.token, WebSocket, follow: ['chats'] });
      open.push(kith);
      return kith;
    };
    const watcher = connect({ url: server.origin, token: admin.token, WebSocket });
    open.push(watcher);
    const stats = [];
    watcher.on('console.stats', (event) => stats.push(event));
    await until(() => watcher.state === 'live', 'the admin');
    await watcher.request('console', { watch: true });
    const reader = connected(slow);
    const writer = connected(ada);
    const chat = await writer.chat(id).open();
    await reader.chat(id).open();
    await assert.rejects(reader.request('console', { watch: true }), { code: 'forbidden' });
    reader._socket._socket.pause();  // takes nothing from here on
    for (let i = 0; i < 150; ++i) await chat.send('x'.repeat(60000)).sent;
    const seen = await until(() => stats.find((event) => event.slowest.length > 0), 'somebody slow');
    const [first] = seen.slowest;
    assert.equal(first.user_id, slow.id);
    assert.ok(first.queued_bytes > 0 && seen.queued_bytes >= first.queued_bytes);
    const last = stats.at(-1);
    assert.ok(last.totals.durable_events > 0 && last.storage.messages > 0);
    assert.ok(last.delivery_latency.reduce((sum, count) => sum + count) > 0);
    reader._socket._socket.resume();
    await until(() => reader.chat(id).position === chat.position, 'caught up');
    await until(() => stats.at(-1).slowest.length === 0, 'nobody slow');
    for (const kith of [watcher, reader, writer]) kith.close();
  } finally {
    await server.remove();
  }
});

test('a backup that was put back: another epoch, all is loaded anew, and one goes on', async () => {
  const server = new Kithd();
  try {
    const { users: [ada, bob], chats: [{ id }] } = await server.seed(2, 2);
    await server.start();
    const connected = (user) => {
      const kith = connect({ url: server.origin, token: user.token, WebSocket, follow: ['chats'],
        backoffBase: 20, backoffMax: 100 });
      open.push(kith);
      return kith;
    };
    const [hers, his] = [connected(ada), connected(bob)];
    const chats = await Promise.all([hers, his].map((kith) => kith.chat(id).open()));
    const [one] = await Promise.all(['one', 'two'].map((text) => chats[0].send(text).sent));
    await until(() => chats[1].position === chats[0].position, 'both have all');
    chats[1].markRead();
    await until(() => chats[0].readBy(one).includes(bob.id), 'read');
    const before = hers.epoch;
    const resets = [];
    for (const kith of [hers, his]) kith.on('reset', ({ channel }) => resets.push(channel));
    await server.stop('SIGTERM');
    const written = chats[0].send('while it was being restored');
    const { code, text } = await runKithd(['restore', '--data', server.data]);
    assert.equal(code, 0, text);
    await server.start();
    await until(() => [hers, his].every((kith) => kith.state === 'live' && kith.epoch !== before),
      'live in the new epoch');
    await written.sent;
    assert.equal(hers.epoch, his.epoch);
    assert.equal(resets.filter((channel) => channel === id).length, 2);
    const texts = (chat) => chat.messages.map(({ content }) => content.text);
    await until(() => texts(chats[1]).length === 3, 'what was written meanwhile');
    const truth = await server.messages(id, ada.token);
    for (const chat of chats) {
      assert.deepEqual(chat.messages.map((shown) => shown.message_id), truth.map((kept) => kept.id));
    }
    await chats[1].send('and on').sent;
    await until(() => texts(chats[0]).at(-1) === 'and on', 'and on');
    for (const kith of [hers, his]) kith.close();
  } finally {
    await server.remove();
  }
});
