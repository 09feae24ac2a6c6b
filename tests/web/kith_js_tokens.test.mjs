// kith.js and what it connects with: tokens that are old, late, refused or never come, and what is
// said of it all. Against a server that is played here.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { CHAT, ME, Played, client, opened, tokenOf } from './played.mjs';
import { until } from './kithd.mjs';

const seconds = (fromNow) => Math.floor(Date.now() / 1000) + fromNow;
const initOf = (played, i) => played.next('connection.init', i).then(({ token }) => token);

test('a token that slept past its end is never shown: a new one is asked for', async () => {
  const played = await Played.start();
  const asked = [];
  const old = tokenOf(ME, { exp: seconds(-3600) });
  const { kith } = client(played, { token: ({ reason }) => {
    asked.push(reason);
    return reason === 'expired' ? tokenOf(ME, { exp: seconds(900) }) : old;
  } });
  await until(() => kith.state === 'live', 'live');
  assert.deepEqual(asked, ['connect', 'expired']);
  assert.notEqual(await initOf(played, 1), old);
});

test('a token that the server calls bad (4500) is replaced once, and then it is the end', async () => {
  const played = await Played.start();
  const asked = [];
  const { kith } = client(played, { token: ({ reason }) => {
    asked.push(reason);
    return `for ${reason}`;
  } });
  await until(() => kith.state === 'live', 'live');
  played.socket.close(4500);
  await until(() => kith.state === 'live' && played.sockets.length === 2, 'back with a new one');
  assert.equal(await initOf(played, 2), 'for expired');
  played.socket.close(4500);  // it was good for a while: once more
  await until(() => kith.state === 'live' && played.sockets.length === 3, 'back again');
  played.answers.init = null;
  played.answers['connection.init'] = () => played.socket.close(4500);
  played.socket.close(4500);
  await until(() => kith.error, 'its end');
  assert.deepEqual([kith.error.code, kith.error.close], ['unauthorized', 4500]);
  assert.deepEqual(asked, ['connect', 'expired', 'expired', 'expired']);
});

test('a new token is still asked for where one tries at once instead of waiting', async () => {
  const played = await Played.start();
  const asked = [];
  const { kith } = client(played, { backoffBase: 3600000, backoffMax: 3600000,
    token: ({ reason }) => { asked.push(reason); return 'token'; } });
  await until(() => kith.state === 'live', 'live');
  played.socket.close(4500);
  await until(() => kith.state === 'offline', 'offline');
  kith.reconnect();
  await until(() => kith.state === 'live', 'back');
  assert.deepEqual(asked, ['connect', 'expired']);
});

test('token() is asked one question at a time: a refresh token is good once', async () => {
  const played = await Played.start();
  const asked = [];
  let answer;
  const { kith } = client(played, { token: ({ reason }) => {
    asked.push(reason);
    return reason === 'connect' ? 'first' : new Promise((resolve) => { answer = resolve; });
  } });
  await until(() => kith.state === 'live', 'live');
  played.say({ type: 'connection.expiring', expires_in_ms: 60000 });
  await until(() => answer, 'asked for a new one');
  played.socket.terminate();
  await until(() => kith.state === 'connecting', 'on its way');
  answer('second');
  assert.equal(await initOf(played, 2), 'second');
  assert.deepEqual(asked, ['connect', 'expiring']);
});

test('a login that has ended is the end, also where it is seen in time', async () => {
  const played = await Played.start();
  const gone = Object.assign(new Error('signed out'), { fatal: true });
  const { kith } = client(played, { token: ({ reason }) => {
    if (reason === 'connect') return 'token';
    throw gone;
  } });
  await until(() => kith.state === 'live', 'live');
  played.say({ type: 'connection.expiring', expires_in_ms: 60000 });
  await until(() => kith.error, 'its end');
  assert.deepEqual([kith.error.code, kith.error.message, kith.state],
    ['unauthorized', 'signed out', 'offline']);
  assert.equal(kith.error.cause, gone);
});

test('a token() that never answers is given up and asked again, and one may say so by hand',
  async () => {
    const played = await Played.start();
    let count = 0;
    const { kith } = client(played, { answerTimeout: 60,
      token: () => (++count === 1 ? new Promise(() => {}) : 'token') });
    const errors = [];
    kith.on('error', (error) => errors.push(error));
    await until(() => kith.state === 'live', 'live');
    assert.equal(count, 2);
    assert.deepEqual(errors.map(({ code }) => code), ['connect']);
    assert.match(errors[0].message, /token\(\) has not answered/);
  });

test('a token() that fails behind close() starts nothing', async () => {
  const played = await Played.start();
  let fail;
  const { kith } = client(played, { token: () => new Promise((_, reject) => { fail = reject; }) });
  const states = [];
  kith.on('state', (state) => states.push(state));
  kith.on('error', (error) => states.push(error.code));
  await until(() => fail, 'asked');
  kith.close();
  fail(new Error('no network'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([kith._timers.size, kith.retryAt], [0, null]);
  assert.deepEqual(states, ['connecting', 'offline']);
});

test('what keeps it offline is told: no token, or no socket', async () => {
  const played = await Played.start();
  const broken = new TypeError('fetch failed');
  let fails = true;
  const { kith } = client(played, { token: async () => {
    if (fails) throw broken;
    return 'token';
  } });
  const errors = [];
  kith.on('error', (error) => errors.push(error));
  await until(() => errors.length > 0, 'the reason');
  assert.deepEqual([errors[0].code, errors[0].message], ['connect', 'fetch failed']);
  assert.equal(errors[0].cause, broken);
  assert.equal(kith.error, null);
  fails = false;
  await until(() => kith.state === 'live', 'live');

  const nobody = net.createServer().listen(0, '127.0.0.1');  // a port at which there is nobody
  await once(nobody, 'listening');
  const { port } = nobody.address();
  nobody.close();
  await once(nobody, 'close');
  const { kith: other } = client({ url: `ws://127.0.0.1:${port}` });
  const [refused] = await new Promise((resolve) => { other.on('error', (...all) => resolve(all)); });
  assert.equal(refused.code, 'connect');
  assert.match(refused.message, /ECONNREFUSED/);
  assert.equal(other.error, null);
});

test('looking at the page does not go before the time that the server has named', async (t) => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  globalThis.document = page;
  t.after(() => { delete globalThis.document; });
  const played = await Played.start();
  const { kith } = client(played, { backoffBase: 3600000, backoffMax: 3600000 });
  await until(() => kith.state === 'live', 'live');
  const drained = Date.now();
  played.say({ type: 'connection.closing', code: 4001, reconnect: true, retry_after_ms: 300 });
  played.socket.close(4001);
  await until(() => kith.state === 'offline', 'offline');
  for (let i = 0; i < 3; ++i) page.dispatchEvent(new Event('visibilitychange'));
  assert.deepEqual([kith.state, played.sockets.length], ['offline', 1]);
  await until(() => kith.state === 'live', 'back');  // then, and not after the long back-off
  assert.ok(Date.now() - drained >= 290);
  played.say({ type: 'connection.closing', code: 4001, reconnect: true, retry_after_ms: 60000 });
  played.socket.close(4001);
  await until(() => kith.state === 'offline', 'offline');
  kith.reconnect();  // a person asks for it
  await until(() => kith.state === 'live' && played.sockets.length === 3, 'at once');
});

test('reconnect() before the first attempt makes one connection, not two', async () => {
  const played = await Played.start();
  const { kith } = client(played);
  kith.reconnect();
  await until(() => kith.state === 'live', 'live');
  played.answers.ping = (frame) => played.say({ type: 'pong', id: frame.id });
  await kith.request('ping');
  assert.equal(played.sockets.length, 1);
});

test('behind close() everything that changes a chat rejects, and messages keep their place',
  async () => {
    const played = await Played.start();
    const { kith, chat } = await opened(played);
    kith.close();
    const sent = chat.send('too late');
    for (const late of [sent.sent, chat.edit('msg_1', 'x'), chat.delete('msg_1'),
      chat.react('msg_1', '☕'), chat.moderate('hide', { message_id: 'msg_1' })]) {
      await assert.rejects(late, { code: 'closed' });
    }
    assert.deepEqual([sent.state, chat.messages], ['sending', [sent]]);

    const ended = await opened(played);
    played.socket.close(4507);
    await until(() => ended.kith.error, 'its end');
    await assert.rejects(ended.chat.send('too late').sent, { close: 4507 });
  });

test('close() leaves no timer, whatever was going on', async () => {
  const played = await Played.start();
  const { kith, chat } = await opened(played);
  chat.keystroke();
  chat.send('under way');
  played.say({ type: 'typing.start', chat_id: CHAT, user_id: 'usr_other', expires_in_ms: 60000 });
  await until(() => chat.typing.length === 1, 'somebody types');
  kith.close();
  assert.equal(kith._timers.size, 0);
  chat.keystroke();  // a page may not have heard of it yet
  assert.equal(kith._timers.size, 0);
});
