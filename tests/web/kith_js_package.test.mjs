// kith.js as others take it up: the example of its README, its types, Node's own WebSocket, a program
// that ends when it has closed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { connect } from '../../gateway/pages/kith/kith.js';
import { CHAT, Played, closing, message } from './played.mjs';
import { until } from './kithd.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const kithDirectory = fileURLToPath(new URL('../../gateway/pages/kith/', import.meta.url));

test('the ten lines of the README draw the chat, also behind open()', async () => {
  const readme = readFileSync(join(kithDirectory, 'README.md'), 'utf8');
  const [, example] = readme.match(/```js\n([^]*?)```/);
  const played = await Played.start();
  played.answers.subscribe = (frame) => played.say({ type: 'subscribed', id: frame.id,
    channel: frame.channel, seq: 10, recovered: false });
  played.answers.history = (frame) => played.say({ type: 'history', id: frame.id, chat_id: CHAT,
    seq: 10, messages: [message(9), message(10)], next_before_seq: null });
  const body = example.replace(/^import .*$/m, '')
    .replace('https://chat.example', played.url).replace('chat_01J…', CHAT);
  assert.ok(body.includes(CHAT) && body.includes(played.url));
  const drawn = [];
  const { constructor: AsyncFunction } = Object.getPrototypeOf(async () => {});
  const program = new AsyncFunction('connect', 'fetchToken', 'draw', 'console', body);
  const connected = (options) => {
    const kith = connect({ ...options, WebSocket });
    closing.push(() => kith.close());
    return kith;
  };
  const logged = [];
  const ended = program(connected, async () => 'token', (messages) => drawn.push(
    messages.map(({ content }) => content.text)), { log: (...words) => logged.push(words.join(' ')) });
  await until(() => drawn.some((texts) => texts.length === 3), 'drawn');
  assert.ok(drawn.some((texts) => texts.join() === '9,10'), `what was there: ${drawn.join('; ')}`);
  assert.deepEqual(drawn.at(-1), ['9', '10', 'Is the kettle on?']);
  played.say({ type: 'message.new', ...message(11) });
  await until(() => logged.includes('message.new 11'), 'an event');
  for (const close of closing.splice(0)) close();
  await ended;
});

test('the types compile, strictly, where every member of them is used', async () => {
  const tsc = join(here, 'node_modules/typescript/bin/tsc');
  try {
    await run(process.execPath, [tsc, '--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022',
      '--module', 'nodenext', join(here, 'kith_types.mts')]);
  } catch (error) {
    assert.fail(error.stdout || error.message);
  }
});

// A program of its own, in a Node of its own.
async function program(text, flags = []) {
  const directory = mkdtempSync(join(here, '.kith-'));
  try {
    const file = join(directory, 'program.mjs');
    writeFileSync(file, text);
    return (await run(process.execPath, [...flags, file], { timeout: 30000 })).stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
const module = JSON.stringify(new URL('../../gateway/pages/kith/kith.js', import.meta.url).href);

test('a program that has closed its client ends', async () => {
  const played = await Played.start();
  const out = await program(`
    import { WebSocket } from 'ws';
    import { connect } from ${module};
    const kith = connect({ url: ${JSON.stringify(played.url)}, token: 'token', WebSocket });
    kith.on('state', (state) => {
      if (state !== 'live') return;
      kith.chat(${JSON.stringify(CHAT)}).keystroke();
      kith.chat(${JSON.stringify(CHAT)}).send('never answered');
      setImmediate(() => { kith.close(); console.log('closed'); });
    });`);
  assert.equal(out, 'closed\n');
});

const [major, minor] = process.versions.node.split('.').map(Number);
const own = major >= 22 ? [] : major > 20 || (major === 20 && minor >= 10)
  ? ['--experimental-websocket', '--no-warnings'] : null;
test('Node\'s own WebSocket will do', { skip: own ? false : 'this Node has none' }, async () => {
  const played = await Played.start();
  played.answers['message.new'] = (frame) => played.say({ type: 'ack', id: frame.id, chat_id: CHAT,
    message_id: 'msg_1', seq: 1 });
  const out = await program(`
    import { connect } from ${module};
    const kith = connect({ url: ${JSON.stringify(played.url)}, token: 'token',
      backoffBase: 1, backoffMax: 5 });
    let lives = 0;
    kith.on('state', async (state) => {
      if (state !== 'live') return;
      const { seq } = await kith.chat(${JSON.stringify(CHAT)}).send('hello').sent;
      console.log('sent', seq);
      if (++lives === 2) kith.close();
      else kith._socket.close();
    });`, own);
  assert.equal(out, 'sent 1\nsent 1\n');
  assert.equal(played.sockets.length, 2);
});
