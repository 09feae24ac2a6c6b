// kith.js against the real kithd through a proxy that cuts, delays and repeats, from a seed: nothing
// is lost, doubled or out of order, whatever happens, and all see the same in the end. Now and then a
// page is reloaded in the middle: what it had not sent comes back from its storage.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { connect } from '../../gateway/pages/kith/kith.js';
import { Kithd, Random, until } from './kithd.mjs';
import { storageOf } from './played.mjs';
import { Proxy } from './proxy.mjs';

const FIRST = Number(process.env.KITH_WEB_SEED ?? 1);
const SEEDS = Number(process.env.KITH_WEB_SEEDS ?? 24);
const TOGETHER = 8;
const PEOPLE = 3;
const EMOJI = ['👍', '🎉', '☕'];

const kithd = new Kithd({ settings: ['limits.messages_per_minute=0', 'limits.sockets_per_user=0'] });
let seeded;

before(async () => {
  seeded = await kithd.seed(TOGETHER * PEOPLE, PEOPLE);
  await kithd.start();
});
after(() => kithd.remove());

// One client, and a witness of all that it was handed.
class Person {
  constructor(user, proxy) {
    this.user = user;
    this.proxy = proxy;
    this.sent = [];
    this.doing = [];
    this.faults = [];
    this.storage = storageOf();
    this.reloads = 0;
    this.load();
  }
  // A page that is new knows nothing but what the storage holds.
  load() {
    this.seen = new Map();  // chat -> seqs of its durable events, in the order handed out
    this.news = new Map();  // message_id -> how often message.new came
    this.shownSent = new Map();  // client_message_id -> message, once it was shown as sent
    this.kith = connect({
      url: this.proxy.origin, token: this.user.token, follow: ['chats'], WebSocket,
      backoffBase: 15, backoffMax: 120, historyLimit: 20, storage: this.storage,
    });
    this.kith.on('event', (event) => this.note(event));
    this.kith.on('reset', ({ channel }) => this.faults.push(`${channel} was reset`));
    this.kith.on('change', (chat) => this.look(chat));
  }
  reload(chats) {
    this.kith.close();
    this.reloads += 1;
    this.load();
    for (const id of chats) this.doing.push(tolerant(this.kith.chat(id).open()));
  }
  /** Nothing of one's own is under way. */
  get settled() {
    return this.storage.kept.size === 0 &&
      [...this.kith.channels.values()].every((channel) => !channel._queue?.length);
  }
  note(event) {
    if (typeof event.seq !== 'number') return;
    const id = event.chat_id ?? event.channel;
    const seqs = this.seen.get(id) ?? [];
    this.seen.set(id, seqs);
    if (seqs.length > 0 && event.seq !== seqs.at(-1) + 1) {
      this.faults.push(`${id}: ${event.seq} behind ${seqs.at(-1)}`);
    }
    seqs.push(event.seq);
    if (event.type === 'message.new') {
      this.news.set(event.message_id, (this.news.get(event.message_id) ?? 0) + 1);
    }
  }
  // What is shown, at every change: each message once, by seq, and what was sent stays.
  look(chat) {
    const { messages } = chat;
    const ids = new Set(messages.map((message) => `${message.sender_id}${message.client_message_id}`));
    if (ids.size !== messages.length) this.faults.push('a message is shown twice');
    let last = 0;
    for (const message of chat._confirmed) {
      if (message.seq <= last) this.faults.push(`shown out of order: ${message.seq}`);
      last = message.seq;
    }
    for (const message of messages) {
      if (message.sender_id === this.user.id && message.state === 'sent') {
        this.shownSent.set(message.client_message_id, chat.id);
      }
    }
    for (const [id, of] of this.shownSent) {
      if (of === chat.id && !ids.has(this.user.id + id)) this.faults.push(`${id} has vanished`);
    }
  }
}

// Somebody else may have deleted it meanwhile, or the page gone: nobody's fault.
const tolerant = (doing) => doing.catch((error) => {
  if (!['not_found', 'conflict', 'closed'].includes(error.code)) throw error;
});

async function act(person, chats, random) {
  const chat = person.kith.chat(random.pick(chats));
  const own = chat.messages.filter((message) => message.sender_id === person.user.id &&
    message.state === 'sent' && message.content.type === 'text');
  const others = chat.messages.filter((message) => message.state === 'sent' &&
    message.content.type === 'text');
  const what = random.next();
  if (what < 0.65 || own.length === 0) {
    person.sent.push(chat.send(`${person.user.id} says ${person.sent.length}`));
  } else if (what < 0.75) {
    person.doing.push(tolerant(chat.edit(random.pick(own).message_id, `edited ${random.below(1e6)}`)));
  } else if (what < 0.8) {
    person.doing.push(tolerant(chat.delete(random.pick(own).message_id)));
  } else if (what < 0.92) {
    const message = random.pick(others);
    const emoji = random.pick(EMOJI);
    const has = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.me);
    person.doing.push(tolerant(has ? chat.unreact(message.message_id, emoji)
      : chat.react(message.message_id, emoji)));
  } else if (what < 0.94) {
    person.reload(chats);
  } else if (what < 0.96) {
    chat.keystroke();
  } else {
    chat.markRead();
  }
}

function plain(message) {
  const reactions = [...message.reactions].sort((a, b) => (a.emoji < b.emoji ? -1 : 1));
  return { id: message.message_id ?? message.id, seq: message.seq, sender: message.sender_id,
    client: message.client_message_id, content: message.content,
    reactions: reactions.map(({ emoji, count, me }) => ({ emoji, count, me })) };
}

async function life(seed, lane) {
  const random = new Random(seed);
  const proxy = await new Proxy({ random, target: kithd, cut: random.next() * 0.04,
    twice: random.next() * 0.3, delay: random.below(15) }).listen();
  const users = seeded.users.slice(lane * PEOPLE, (lane + 1) * PEOPLE);
  const made = await kithd.ask('POST', '/chats', { token: users[0].token, body: { type: 'group',
    name: `seed ${seed}`, participant_ids: users.slice(1).map(({ id }) => id) } });
  const chats = [made.body.id, seeded.chats[lane].id];
  const people = users.map((user) => new Person(user, proxy));
  try {
    const opening = Promise.all(people.flatMap((person) =>
      chats.map((chat) => person.kith.chat(chat).open({ presence: random.chance(0.5) }))));
    await within(opening, 60000, () => `open: ${JSON.stringify(people.map(describe))}`);
    for (let step = 0; step < 60; ++step) {
      act(random.pick(people), chats, random);
      if (random.chance(0.02)) proxy.cutAll();
      await new Promise((resolve) => setTimeout(resolve, random.below(8)));
    }
    proxy.calm();
    await until(() => people.every(({ kith }) => kith.state === 'live'),
      () => `all live: ${JSON.stringify(people.map(describe))}`);
    await within(Promise.all(people.flatMap(({ doing }) => doing)), 60000,
      () => `done: ${JSON.stringify(people.map(describe))}`);
    await until(() => people.every((person) => person.settled),
      () => `settled: ${JSON.stringify(people.map(describe))}`);
    await judge({ people, users, chats });
  } finally {
    for (const { kith } of people) kith.close();
    proxy.close();
  }
  return { ...proxy.counts, reloads: people.reduce((sum, person) => sum + person.reloads, 0) };
}

async function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`never came: ${what()}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Where everybody stands, for who reads of a failure.
function describe({ user, kith }) {
  const chats = [...kith.channels.values()].filter((channel) => channel.messages);
  return { user: user.id, state: kith.state, ready: kith._ready, chats: chats.map((chat) => ({
    id: chat.id, position: chat.position, live: chat.live, attaching: chat.attaching,
    followed: chat.followed, loading: Boolean(chat._round), blocked: chat._blocked,
    queue: chat._queue.map(({ type }) => type), inFlight: Boolean(chat._inFlight) })) };
}

async function judge({ people, users, chats }) {
  for (const id of chats) {
    const heads = people.map(({ kith }) => () => kith.chat(id).position);
    await until(() => new Set(heads.map((head) => head())).size === 1, 'one position for all');
  }
  for (const person of people) {
    assert.deepEqual(person.faults, []);
    for (const [message, count] of person.news) assert.equal(count, 1, `${message} came ${count} times`);
    for (const id of chats) {
      const chat = person.kith.chat(id);
      while (await chat.older());
      const truth = await kithd.messages(id, person.user.token);
      assert.deepEqual(chat.messages.map(plain), truth.map(plain));
      assert.equal(new Set(truth.map((m) => m.sender_id + m.client_message_id)).size, truth.length);
      const own = person.sent.filter((message) => message.chat_id === id);
      const stored = truth.filter(({ sender_id: sender, client_message_id: client }) =>
        sender === person.user.id && own.some((m) => m.client_message_id === client));
      // All of them, and in the order in which they were written.
      assert.deepEqual(stored.map((m) => m.client_message_id), own.map((m) => m.client_message_id));
    }
  }
  assert.equal(users.length, people.length);
}

test(`${SEEDS} seeds from ${FIRST} on`, { timeout: 900000 }, async (t) => {
  const total = { connections: 0, cuts: 0, twice: 0, frames: 0, reloads: 0 };
  const failed = [];
  let next = FIRST;
  let running = true;
  const lanes = Array.from({ length: TOGETHER }, async (_, lane) => {
    while (next < FIRST + SEEDS && failed.length === 0) {
      const seed = next++;
      try {
        const counts = await life(seed, lane);
        for (const name of Object.keys(total)) total[name] += counts[name];
      } catch (error) {
        error.message = `seed ${seed}: ${error.message}`;
        console.error(error);  // at once: the others may take their time
        failed.push(error);
      }
    }
  });
  const all = Promise.all(lanes).then(() => { running = false; });
  // Meanwhile the server is killed and comes back, some times.
  let killed = 0;
  while (running && killed < SEEDS / 5) {
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 900))]);
    if (!running) break;
    await kithd.crash();
    killed += 1;
  }
  await all;
  if (failed.length > 0) throw failed[0];
  t.diagnostic(`${total.connections} connections, ${total.cuts} cut, ${total.frames} frames, ` +
    `${total.twice} of them twice, ${total.reloads} reloads, ${killed} times kill -9`);
  assert.ok(total.cuts > 0 && total.twice > 0 && total.reloads > 0);
});
