// kith.js: the client of kith, for browsers and Node, in one module without dependencies.
//
// What it promises, per chat: every durable event is handed out once and in the order of its `seq`;
// a message is shown once; what is shown as sent is committed. It keeps a position per channel as
// the protocol wants it: it moves along the stream alone, by 1; an ack moves it only where it stands
// in place of an event. After a break it resumes from there; where the server says
// `recovered:false`, what was cached of the channel is dropped and loaded anew.
//
// What changes a chat (send, edit, delete, react, moderate) is queued per chat and sent one by one,
// so that one's own messages are committed in the order in which they were written. It stays queued
// until it is acked or refused for good, over any number of connections; messages also over
// reloads where a `storage` is given. Sending one again is safe: a client_message_id is stored once.

const DEFAULTS = {
  backoffBase: 500, backoffMax: 30000,  // ms; full jitter: uniform between 0 and the ceiling
  answerTimeout: 30000,                 // ms without an answer that is due: the connection is dead
  idleTimeout: 20000,                   // ms of silence before a ping
  pingTimeout: 8000,                    // ms of silence behind a ping: likewise
  historyLimit: 50,
  keep: 1000,                           // messages of a chat, unless older ones are asked for
  iteratorMax: 10000,                   // events that a slow `for await` may be behind
};
const STABLE_AFTER = 10000;     // ms live before the back-off starts from the beginning again
const TYPING_EVERY = 3000;      // typing.start is said again this often while one goes on typing
const TYPING_IDLE = 4000;       // and typing.stop after so long without a key
const READ_EVERY = 1000;        // read marks of a chat are joined
const PATIENCE = 4000;          // ms of silence before a ping, while an answer is due
const RENEW_EVERY = 15000;      // ms between two tokens, where they live hardly longer than the notice
const LATE_MAX = 64;            // acks that may still come behind a repeat's
const INTERNAL_TRIES = 5;       // then the server's trouble is with this one
const RETRYABLE = new Set(['rate_limited', 'unavailable', 'internal']);
const TOMBSTONE = { type: 'tombstone' };

/** An answer `error`, or a connection that will not come back. `code` is the wire's. */
export class KithError extends Error {
  constructor(code, message, details = {}) {
    super(message || code);
    this.name = 'KithError';
    this.code = code;
    Object.assign(this, details);
  }
}

let lastTime = 0;
let counter = 0;

/** UUIDv7 (RFC 9562), strictly rising within this module, also where the clock steps back. */
export function uuidv7() {
  const now = Date.now();
  if (now > lastTime) {
    lastTime = now;
    counter = Math.floor(Math.random() * 0x400);
  } else if (++counter > 0xfff) {
    lastTime += 1;
    counter = 0;
  }
  const random = new Uint8Array(8);
  globalThis.crypto?.getRandomValues
    ? globalThis.crypto.getRandomValues(random)
    : random.forEach((_, i) => { random[i] = Math.floor(Math.random() * 256); });
  random[0] = (random[0] & 0x3f) | 0x80;
  const time = lastTime.toString(16).padStart(12, '0');
  const tail = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-` +
    `${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** Connects, and stays connected until close() or until the server says not to come back. */
export function connect(options) {
  return new Kith(options);
}

// --- small parts ---

class Emitter {
  constructor() { this._listeners = new Map(); }

  /** Calls `listener` for each event of that name; returns what ends it. */
  on(name, listener) {
    let all = this._listeners.get(name);
    if (!all) this._listeners.set(name, all = new Set());
    const entry = (...values) => listener(...values);
    all.add(entry);
    return () => { all.delete(entry); };
  }

  // A listener that throws is reported, and nobody else's trouble.
  _emit(name, ...values) {
    for (const listener of [...(this._listeners.get(name) ?? [])]) {
      try {
        listener(...values);
      } catch (error) {
        queueMicrotask(() => { throw error; });
      }
    }
  }
}

/** Ends by close() of the client; throws too_slow where the consumer is too far behind. */
class EventIterator {
  constructor(limit, release) {
    this._limit = limit;
    this._release = release;
    this._events = [];
    this._waiting = [];
    this._end = null;  // {error?} once no more come
  }
  _push(event) {
    if (this._end) return;
    const waiter = this._waiting.shift();
    if (waiter) return waiter.resolve({ value: event, done: false });
    if (this._events.length >= this._limit) {
      this._events.length = 0;
      return this._finish(new KithError('too_slow', 'the consumer is too far behind'));
    }
    this._events.push(event);
  }
  _finish(error) {
    if (this._end) return;
    this._end = { error };
    this._release(this);
    for (const waiter of this._waiting.splice(0)) {
      error ? waiter.reject(error) : waiter.resolve({ value: undefined, done: true });
    }
  }
  next() {
    if (this._events.length > 0) {
      return Promise.resolve({ value: this._events.shift(), done: false });
    }
    if (this._end?.error) {
      const { error } = this._end;
      this._end = {};
      return Promise.reject(error);
    }
    if (this._end) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this._waiting.push({ resolve, reject }));
  }
  return() {
    this._finish();
    return Promise.resolve({ value: undefined, done: true });
  }
  [Symbol.asyncIterator]() { return this; }
}

// What a token says of itself, unproven: `sub` finds this user's own unsent messages before the server
// has answered, `exp` says whether it is of any use to ask.
function claimsOf(token) {
  try {
    const payload = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return JSON.parse(atob(payload)) ?? {};
  } catch {
    return {};
  }
}

function socketUrl(url) {
  const { href, origin } = globalThis.location ?? {};
  const at = url === undefined || url === null ? new URL('/ws', origin) : new URL(url, href);
  at.protocol = at.protocol.replace(/^http/, 'ws');
  if (!/\/ws$/.test(at.pathname)) at.pathname = at.pathname.replace(/\/?$/, '/ws');
  at.hash = '';
  return at.href;
}

function deferred() {
  const out = {};
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
  out.promise.catch(() => {});  // who does not ask is not told by a crash
  return out;
}

// What waits to be sent of one user, an entry per message: two tabs share it without overwriting
// each other, and a message that both send is stored once.
class Outbox {
  constructor(storage, key) { Object.assign(this, { storage, key }); }
  _name(user, clientId) { return `${this.key}:${user}:${clientId}`; }
  // One that was refused for good is kept with the reason: it is shown, and not sent again.
  keep(user, message) {
    const { code, message: why } = message.error ?? {};
    this.storage.setItem(this._name(user, message.client_message_id), JSON.stringify({
      chat_id: message.chat_id, client_message_id: message.client_message_id,
      content: message.content, reply_to: message.reply_to, sent_at: message.sent_at,
      ...(code ? { refused: { code, message: why } } : {}),
    }));
  }
  drop(user, clientId) { this.storage.removeItem(this._name(user, clientId)); }
  of(user) {
    const out = [];
    for (let i = 0; i < this.storage.length; ++i) {
      const name = this.storage.key(i);
      if (!name?.startsWith(this._name(user, ''))) continue;
      try {
        const message = JSON.parse(this.storage.getItem(name));
        if (message?.chat_id && message.client_message_id && message.content) out.push(message);
      } catch { /* not ours */ }
    }
    return out.sort((a, b) => (a.client_message_id < b.client_message_id ? -1 : 1));
  }
}

// --- a channel: its position, and whether it is followed ---

class Channel {
  constructor(kith, id) {
    this.kith = kith;
    this.id = id;
    this.position = null;      // the last seq of the stream; null: none yet
    this.followed = false;     // is to be subscribed on every connection
    this.live = false;         // `subscribed` has come on this connection
    this.attaching = false;    // asked, and not yet answered
    this.declined = false;     // unsubscribed by us: what `follow` says of it is undone
    this.wantsPresence = false;
    this._presenceAsked = false;  // on this connection
    this._asked = null;           // the id of our subscribe that is not yet answered
    this._stale = false;          // the position is of another epoch
    this.presence = { count: 0, users: new Set() };
    this._live = null;         // who waits for it
  }

  /** Resolves once the channel is live on the present connection. */
  whenLive() {
    if (this.live) return Promise.resolve(this);
    if (this.kith._closed || !this.followed) {
      return Promise.reject(this.kith._closedError(`${this.id} is not followed`));
    }
    this._live ??= deferred();
    return this._live.promise;
  }

  // Subscribes from the position, or from now on where there is none.
  _attach() {
    this.followed = true;
    this.declined = false;
    if (!this.kith._ready) return;
    this.live = false;
    this.attaching = true;
    const fields = { channel: this.id };
    if (this.position !== null) fields.after_seq = this.position;
    if (this.wantsPresence) fields.presence = this._presenceAsked = true;
    const id = this._asked = this.kith._nextId();
    this.kith._ask('subscribe', fields, undefined, id).catch((error) => {
      // `conflict`: a later subscribe has overtaken this one, and is answered itself.
      if (error.code === 'conflict' || error.code === 'disconnected') return;
      if (this._asked === id) this._refused(error);
    });
  }

  _refused(error) {
    this.attaching = false;
    this._asked = null;
    if (RETRYABLE.has(error.code)) {
      this.kith._later(error.retry_after_ms ?? 1000, () => {
        if (this.followed && !this.live && !this.attaching) this._attach();
      });
      return;
    }
    this._lost(error.code);
  }

  // Not this connection's end, but the channel's.
  _lost(code) {
    this._unfollow(new KithError(code, `${this.id} may not be followed`));
    this.kith._emit('unsubscribed', { channel: this.id, code });
    this.kith._settle();
  }

  // Whoever waits for it to be live is told the reason.
  _unfollow(error) {
    this.followed = this.live = this.attaching = this._presenceAsked = false;
    this.position = this._asked = null;
    this._live?.reject(error);
    this._live = null;
  }

  // By us, and over reconnects too: `follow` would bring it back with each.
  _decline() {
    this.declined = true;
    this.wantsPresence = false;
    this._unfollow(new KithError('closed', `${this.id} was unsubscribed`));
    this._pump?.();  // what waited for it to be live
    this.kith._settle();
  }

  _disconnected() {
    this.live = this.attaching = this._presenceAsked = false;
    this._asked = null;
  }

  _subscribed(frame) {
    if (this.declined) {
      if (!frame.id) this.kith._ask('unsubscribe', { channel: this.id }).catch(() => {});
      return;
    }
    if (frame.presence) {
      this.presence = { count: frame.presence.count, users: new Set(frame.presence.users) };
    }
    if (frame.id && frame.id !== this._asked) return;  // overtaken by a later one of ours
    if (this.live && !this.attaching && frame.seq <= this.position) return;  // we have been here
    if (!frame.id && this._asked) {
      // `follow` was quicker than we were. Ours, which replaces it, would begin behind what comes
      // between the two: where it asked for no position, it is asked anew from this one.
      if (this.position !== null) return;
      this.position = frame.seq;
      this._attach();
      return;
    }
    this.attaching = false;
    this._asked = null;
    this.followed = true;
    if (frame.recovered && this.position !== null && this.position < frame.seq) {
      this._attach();  // something of the replay is missing: again, from where we are
      return;
    }
    const missed = this.position === null
      ? this.loaded
      : this._stale || Boolean(frame.gap) || this.position !== frame.seq;
    if (!frame.recovered) this.position = frame.seq;
    this.position ??= frame.seq;
    this._stale = false;
    this.live = true;
    if (!frame.recovered && missed) {
      this.kith._emit('reset', { channel: this.id, gap: frame.gap ?? null });
      this._reset();
    }
    this._live?.resolve(this);
    this._live = null;
    this.kith._emit('subscribed', { channel: this.id, recovered: frame.recovered, seq: frame.seq });
    if (this.wantsPresence && !this._presenceAsked) this._attach();  // resume does not ask for it
    this.kith._settle();
  }

  // True where the event is the next one. One that we have is a repeat; one further on means that
  // something was lost: while a replay is under way it will bring both, else we ask for one.
  _takes(seq) {
    if (this.position === null || seq <= this.position) return false;
    if (seq === this.position + 1) {
      this.position = seq;
      return true;
    }
    if (this.live) this._attach();
    return false;
  }

  _reset() {}
  _otherHistory() {}

  _presenceEvent(event) {
    if (event.type === 'presence.join') this.presence.users.add(event.user_id);
    if (event.type === 'presence.leave') this.presence.users.delete(event.user_id);
    this.presence.count = event.count;
  }
}

// --- a chat: its messages, what waits to be sent, who reads and types ---

class Chat extends Channel {
  constructor(kith, id) {
    super(kith, id);
    this._confirmed = [];          // by seq, without holes between loaded and position
    this._byId = new Map();        // message_id -> message
    this._pending = [];            // own, not yet in the stream, in the order written
    this._queue = [];              // commands to be sent, the first perhaps under way
    this._inFlight = null;
    this._blocked = false;         // until a retry is due
    this._changed = false;
    this.loaded = false;           // the newest page is here, and what came since
    this.complete = false;         // and so is everything before
    this._goesBack = false;        // older() was asked: nothing is dropped from the front
    this.receipts = new Map();     // user_id -> last_read_seq
    this.typists = new Map();      // user_id -> timer
    this._typing = null;           // {said, idle}
    this._read = null;             // {message, seq, timer, sent}
  }

  /** Confirmed messages by seq, then one's own that are under way. */
  get messages() { return [...this._confirmed, ...this._pending]; }
  get typing() { return [...this.typists.keys()]; }

  find(messageId) { return this._byId.get(messageId) ?? null; }

  /** Follows the chat (with presence where asked) and loads its newest page. */
  async open({ presence = false, limit } = {}) {
    if (presence && !this.wantsPresence) {
      this.wantsPresence = true;
      if (this.live || !this.followed) this._attach();
    } else if (!this.followed) {
      this._attach();
    }
    await this.whenLive();
    if (!this.loaded) await this._load(limit);
    return this;
  }

  /** The page before what is loaded. False: there is none. */
  async older(limit = this.kith._options.historyLimit) {
    if (this.complete) return false;
    if (!this.loaded) {
      await this.open({ limit });
      return true;
    }
    this._goesBack = true;
    const before = this._from;
    const round = this._round;
    await this._page({ before_seq: before, limit }, (page) => {
      // Else somebody else has loaded it meanwhile, or all is new.
      if (before === this._from && round === this._round && this.loaded) this._merge(page);
    });
    return true;
  }

  // A page of history, over breaks and busy stores. `take` is called where the answer stands in the
  // stream: the event behind it applies to what it has brought.
  async _page(fields, take) {
    while (true) {
      try {
        await this.kith._ask('history', { chat_id: this.id, ...fields }, take);
        return;
      } catch (error) {
        if (error.code === 'disconnected') await this.whenLive();
        else if (RETRYABLE.has(error.code)) await this.kith._wait(error.retry_after_ms ?? 1000);
        else throw error;
      }
    }
  }

  // One load at a time; a reset begins anew, and who waited for the former waits for that.
  _load(limit = this.kith._options.historyLimit) {
    if (this._round) return this._round.promise;
    const round = this._round = {};
    round.promise = this._loadFor(round, limit).finally(() => {
      if (this._round === round) this._round = null;
      this.kith._settle();
    });
    this.kith._settle();
    return round.promise;
  }
  async _loadFor(round, limit) {
    await this._page({ limit }, (page) => {
      if (this._round !== round) return;
      this.loaded = true;
      this._merge(page);
    });
    return this._round === round ? undefined : this._round?.promise;
  }

  // `page.seq` says as of which event the page speaks: later ones still apply to its messages,
  // earlier ones are in it.
  _merge(page) {
    const asOf = page.seq ?? this.position;
    for (const record of page.messages) {
      const { type: _, ...fields } = record;
      const known = this._byId.get(record.message_id);
      if (known && known._asOf > asOf) continue;
      this._confirm({ ...fields, state: 'sent' }, asOf);
    }
    this.complete = page.next_before_seq === null;
    this._from = page.next_before_seq ?? 0;
    // One's own that were confirmed before anything was loaded: between them and the page others'
    // are missing. older() brings them back in their place.
    while (this._confirmed.length > 0 && this._confirmed[0].seq < this._from) {
      this._byId.delete(this._confirmed.shift().message_id);
    }
    for (const own of [...this._pending]) {  // shown as sent, and further back than what is shown
      if (own.state === 'sent' && own.seq < this._from) this._unpend(own);
    }
    this._change();
  }

  // Puts a message in its place, by seq: one that we have keeps its object.
  _confirm(fields, asOf) {
    let message = this._byId.get(fields.message_id);
    if (!message) {
      message = this._pending.find((own) => own.client_message_id === fields.client_message_id &&
        fields.sender_id === this.kith.userId);
      if (message) this._unpend(message);
      message ??= {};
      let at = this._confirmed.length;
      while (at > 0 && this._confirmed[at - 1].seq > fields.seq) --at;
      this._confirmed.splice(at, 0, message);
      this._byId.set(fields.message_id, message);
    }
    Object.assign(message, fields);
    message.reactions ??= [];
    Object.defineProperty(message, '_asOf', { value: asOf, writable: true, configurable: true });
    return message;
  }

  // What goes on for weeks keeps its newest; older() brings back the rest.
  _trim() {
    const over = this._goesBack ? 0 : this._confirmed.length - this.kith._options.keep;
    if (over <= 0) return;
    for (const message of this._confirmed.splice(0, over)) this._byId.delete(message.message_id);
    this._from = this._confirmed[0]?.seq ?? this.position + 1;
    this.complete = false;
  }

  _unpend(message) {
    const at = this._pending.indexOf(message);
    if (at >= 0) this._pending.splice(at, 1);
    this.kith._forget(message);
    message.state = 'sent';
    delete message.error;
    // It came by the stream before its ack: the command need not be sent again.
    const queued = this._queue.findIndex((command) => command.message === message);
    if (queued >= 0) {
      const [command] = this._queue.splice(queued, 1);
      command.done.resolve(message);
      if (this._inFlight === command) this._inFlight = null;
      queueMicrotask(() => this._pump());
    }
  }

  _reset() {
    const wanted = this.loaded || this._round;
    this._round = null;
    this._confirmed = [];
    this._byId.clear();
    this.loaded = this.complete = this._goesBack = false;
    this._change();
    if (wanted) this._load().catch((error) => this.kith._emit('error', error));
  }

  // Numbers of another epoch mean other messages: what was read of these is not known.
  _otherHistory() {
    this.receipts.clear();
    this.kith._cancel(this._read?.timer);
    this._read = null;
    for (const own of [...this._pending]) if (own.state === 'sent') this._unpend(own);
  }

  // Listeners hear of a chat's changes once per turn.
  _change() {
    if (this._changed) return;
    this._changed = true;
    queueMicrotask(() => {
      this._changed = false;
      this.kith._emit('change', this);
    });
  }

  // --- changing it ---

  /**
   * Shows the message at once and sends it: `state` is `sending`, then `sent` or `failed`.
   * `message.sent` is a promise of either.
   */
  send(content, { replyTo } = {}) {
    const message = {
      chat_id: this.id, client_message_id: uuidv7(), sender_id: this.kith.userId,
      content: typeof content === 'string' ? { type: 'text', text: content } : content,
      sent_at: new Date().toISOString(), reactions: [], state: 'sending',
    };
    if (replyTo) message.reply_to = replyTo;
    this._endTyping();
    this._enqueueMessage(message);
    return message;
  }

  _messageCommand(message) {
    const command = this._command('message.new', {
      client_message_id: message.client_message_id, content: message.content,
      ...(message.reply_to ? { reply_to: message.reply_to } : {}),
    });
    command.message = message;
    Object.defineProperty(message, 'sent',
      { value: command.done.promise, configurable: true, enumerable: false });
    message.state = 'sending';
    delete message.error;
    return command;
  }
  _enqueueMessage(message) {
    const command = this._messageCommand(message);
    if (!this._pending.includes(message)) this._pending.push(message);
    this.kith._remember(message);
    this._enqueue(command);
    this._change();
  }

  // What an earlier page left behind, in its order and before what this one has written: what was
  // refused for good as such, the rest to be sent.
  _restore(messages) {
    const unsent = [];
    for (const message of messages) {
      if (message.state !== 'failed') unsent.push(this._messageCommand(message));
    }
    this._pending.unshift(...messages);
    this._queue.unshift(...unsent);
    this._change();
  }

  /** Sends a message that failed once more; discard() takes it away. */
  retry(message) {
    const failed = message.state === 'failed' && this._pending.includes(message);
    if (failed) this._enqueueMessage(message);
    return message;
  }
  discard(message) {
    if (message.state !== 'failed') return false;
    const at = this._pending.indexOf(message);
    if (at < 0) return false;
    this._pending.splice(at, 1);
    this.kith._forget(message);
    this._change();
    return true;
  }

  edit(messageId, content) {
    return this._do('message.update', {
      message_id: messageId,
      content: typeof content === 'string' ? { type: 'text', text: content } : content,
    });
  }
  delete(messageId, reason) {
    return this._do('message.delete', { message_id: messageId, ...(reason ? { reason } : {}) });
  }
  react(messageId, emoji) { return this._do('reaction.add', { message_id: messageId, emoji }); }
  unreact(messageId, emoji) {
    return this._do('reaction.remove', { message_id: messageId, emoji });
  }
  /** hide, restore, mute, unmute, ban, unban; with message_id or user_id, and reason, until. */
  moderate(action, fields) { return this._do('moderation', { action, ...fields }); }

  _command(type, fields) {
    return { type, fields: { chat_id: this.id, ...fields }, done: deferred(), tries: 0 };
  }
  _do(type, fields) {
    const command = this._command(type, fields);
    this._enqueue(command);
    return command.done.promise;
  }
  _enqueue(command) {
    if (this.kith._closed) return command.done.reject(this.kith._closedError());
    this._queue.push(command);
    this._pump();
  }

  // The next command, where none is under way. A chat that is about to be live waits for that: the
  // replay may bring what was sent on the last connection.
  _pump() {
    if (this._inFlight || this._blocked || this._queue.length === 0) return;
    if (!this.kith._ready || (this.followed && !this.live)) return;
    const command = this._inFlight = this._queue[0];
    const id = this.kith._nextId();
    const text = JSON.stringify({ type: command.type, id, ...command.fields });
    if (this.kith._tooLong(text)) {
      return this._finish(command, new KithError('too_large', 'more than a frame may hold'));
    }
    this.kith._send(text, id, (frame) => this._answered(command, frame),
      () => { if (this._inFlight === command) this._inFlight = null; },
      (frame) => this._acked(command, frame));
  }

  _answered(command, frame) {
    const again = frame.type === 'error' && RETRYABLE.has(frame.code) &&
      (frame.code !== 'internal' || command.tries < INTERNAL_TRIES);
    if (again && this._queue.includes(command)) {
      this._inFlight = null;
      this._blocked = true;
      command.tries += 1;
      const wait = frame.retry_after_ms ?? Math.min(30000, 250 * 2 ** command.tries);
      this.kith._later(wait, () => { this._blocked = false; this._pump(); });
      return;
    }
    const error = frame.type === 'error' &&
      new KithError(frame.code, frame.message, { retry_after_ms: frame.retry_after_ms });
    if (!error) this._acked(command, frame);
    this._finish(command, error || null, frame);
  }

  // Where the chat is live, the ack of what changed something stands in place of the event.
  _acked(command, ack) {
    // One that is further on has overtaken events that are still to come: it moves nothing either.
    if (ack.duplicate || !this.live || ack.seq !== this.position + 1) return;
    this._takes(ack.seq);
    const me = this.kith.userId;
    const event = { type: command.type, chat_id: this.id, seq: ack.seq };
    const now = new Date().toISOString();
    const { chat_id: _, ...fields } = command.fields;
    Object.assign(event, fields);
    switch (command.type) {
      case 'message.new':
        Object.assign(event, { message_id: ack.message_id, sender_id: me, sent_at: ack.sent_at });
        break;
      case 'message.update': event.edited_at = now; break;
      case 'message.delete':
        event.deleted_at = now;
        if (this.find(event.message_id)?.sender_id !== me) event.moderator_id = me;
        break;
      case 'moderation':
        Object.assign(event, { type: 'system.moderation', moderator_id: me });
        break;
      default: event.user_id = me;
    }
    this._durable(event);
  }

  _finish(command, error, ack) {
    const at = this._queue.indexOf(command);
    if (at >= 0) this._queue.splice(at, 1);
    if (this._inFlight === command) this._inFlight = null;
    const { message } = command;
    if (error) {
      if (message && at >= 0) {
        Object.assign(message, { state: 'failed', error });
        this.kith._remember(message);
        this.kith._emit('failed', message);
        this._change();
      }
      command.done.reject(error);
    } else {
      // Committed; where its event is still to come it stays behind those that are in the stream.
      if (message && this._pending.includes(message)) {
        Object.assign(message, { state: 'sent', message_id: ack.message_id, seq: ack.seq });
        if (ack.sent_at) message.sent_at = ack.sent_at;
        this.kith._forget(message);
        // Of a chat that nobody looks at there is no event to wait for, and no place to show it in.
        const unseen = !this.followed && !this.loaded;
        if (unseen || (this.loaded && ack.seq < this._from)) this._unpend(message);
        else if (this.loaded && ack.seq <= this.position) this._confirm(message, ack.seq);
        this._change();
      }
      command.done.resolve(message ?? ack);
    }
    this._pump();
  }

  // --- what comes ---

  _durable(event) {
    this._apply(event);
    this.kith._event(event, this);
    this._change();
  }

  _apply(event) {
    if (event.type === 'message.new') {
      this._stopTypist(event.sender_id);
      const known = this._byId.get(event.message_id);
      if (known && known._asOf >= event.seq) return;
      const { type: _, ...fields } = event;
      if (this.loaded || this._round || event.sender_id === this.kith.userId) {
        this._confirm({ ...fields, state: 'sent' }, event.seq);
        this._trim();
      }
      return;
    }
    const message = this._byId.get(event.message_id);
    if (!message || message._asOf >= event.seq) return;
    message._asOf = event.seq;
    switch (event.type) {
      case 'message.update':
        Object.assign(message, { content: event.content, edited_at: event.edited_at });
        break;
      case 'message.delete':
        Object.assign(message,
          { content: TOMBSTONE, deleted_at: event.deleted_at, reactions: [] });
        break;
      case 'reaction.add': this._react(message, event, 1); break;
      case 'reaction.remove': this._react(message, event, -1); break;
      case 'system.moderation':
        if (event.action === 'hide') message.content = TOMBSTONE;
        if (event.action === 'restore') this._reload(message);
        break;
    }
  }

  _react(message, event, by) {
    const me = event.user_id === this.kith.userId;
    let entry = message.reactions.find((reaction) => reaction.emoji === event.emoji);
    if (!entry) {
      if (by < 0) return;
      message.reactions.push(entry = { emoji: event.emoji, count: 0, me: false });
    }
    entry.count += by;
    if (me) entry.me = by > 0;
    message.reactions = message.reactions.filter((reaction) => reaction.count > 0);
  }

  async _reload(message) {
    try {
      await this._page({ after_seq: message.seq - 1, limit: 1 }, (page) => {
        const [record] = page.messages;
        if (record?.message_id !== message.message_id || message._asOf > page.seq) return;
        if (this._byId.get(message.message_id) !== message) return;  // dropped meanwhile
        const { type: _, ...rest } = record;
        this._confirm({ ...rest, state: 'sent' }, page.seq ?? message._asOf);
        this._change();
      });
    } catch (error) {
      if (!this.kith._closed && error.code !== 'closed') this.kith._emit('error', error);
    }
  }

  _subscribed(frame) {
    if (frame.receipts) {
      for (const receipt of frame.receipts) this._receipt(receipt.user_id, receipt.last_read_seq);
    }
    super._subscribed(frame);
    this._pump();
    if (this._read && this._read.sent !== this._read.message) this._sendRead();
    this._change();
  }

  _lost(code) {
    super._lost(code);
    this._pump();  // each is refused with its own reason
    this._change();
  }

  _disconnected() {
    super._disconnected();
    this._inFlight = null;
    for (const user of [...this.typists.keys()]) this._stopTypist(user);
    if (this._typing) this._typing.said = 0;
    if (this._read && this._read.acked !== this._read.message) this._read.sent = null;
  }

  _receipt(user, seq) {
    if (seq > (this.receipts.get(user) ?? 0)) this.receipts.set(user, seq);
  }

  /** Who has read the message, of those whose marks are known; never its sender. */
  readBy(message) {
    if (!message.seq) return [];
    return [...this.receipts].filter(([user, seq]) => seq >= message.seq &&
      user !== message.sender_id).map(([user]) => user);
  }

  _state(event) {
    switch (event.type) {
      case 'delivery.read':
        this._receipt(event.user_id, event.last_read_seq);
        break;
      case 'typing.start': {
        this._stopTypist(event.user_id);
        const timer = this.kith._later(event.expires_in_ms ?? 5000, () => {
          this.typists.delete(event.user_id);
          this.kith._emit('typing', this);
        });
        this.typists.set(event.user_id, timer);
        this.kith._emit('typing', this);
        break;
      }
      case 'typing.stop': this._stopTypist(event.user_id); break;
      default: if (event.type.startsWith('presence.')) this._presenceEvent(event);
    }
    this.kith._event(event, this);
    if (!event.type.startsWith('typing.')) this._change();
  }

  _stopTypist(user) {
    if (!this.typists.has(user)) return;
    this.kith._cancel(this.typists.get(user));
    this.typists.delete(user);
    this.kith._emit('typing', this);
  }

  // --- what one says without a seq ---

  /** Call it at every key: `typing.start` goes out at most every 3 s, `typing.stop` by itself. */
  keystroke() {
    const now = Date.now();
    this._typing ??= { said: 0, idle: null };
    if (now - this._typing.said >= TYPING_EVERY && this.kith._ready) {
      this._typing.said = now;
      this.kith._tell('typing.start', { chat_id: this.id });
    }
    this.kith._cancel(this._typing.idle);
    this._typing.idle = this.kith._later(TYPING_IDLE, () => this.stopTyping());
  }
  stopTyping() {
    const said = this._typing?.said && this.kith._ready;
    if (said) this.kith._tell('typing.stop', { chat_id: this.id });
    this._endTyping();
  }
  _endTyping() {  // who sends has stopped, without being told so
    if (!this._typing) return;
    this.kith._cancel(this._typing.idle);
    this._typing = null;
  }

  /** Marks all up to `message` (the newest confirmed one) as read; joined, at most one a second. */
  markRead(message = this._confirmed.at(-1)) {
    if (!message?.message_id || !message.seq) return;
    const marked = Math.max(this.receipts.get(this.kith.userId) ?? 0, this._read?.seq ?? 0);
    if (message.seq <= marked) return;
    this._read ??= { timer: null };
    Object.assign(this._read, { message: message.message_id, seq: message.seq });
    if (!this._read.timer) this._sendRead();
  }
  _sendRead() {
    const read = this._read;
    if (!this.kith._ready) return;  // with the next connection
    this.kith._cancel(read.timer);
    const { message } = read;
    read.sent = message;
    const wait = (ms) => this.kith._later(ms, () => {
      read.timer = null;
      if (this._read === read && read.message !== read.sent) this._sendRead();
    });
    read.timer = wait(READ_EVERY);
    this.kith._ask('delivery.read', { chat_id: this.id, last_read_message_id: message })
      .then(() => { read.acked = message; })
      .catch((error) => {
        if (error.code === 'disconnected') return;
        if (RETRYABLE.has(error.code)) {
          if (read.sent === message) read.sent = null;
          this.kith._cancel(read.timer);
          read.timer = wait(error.retry_after_ms ?? READ_EVERY);
        } else if (this._read?.message === message) {
          this._read = null;
        }
      });
  }
}

// --- the client ---

class Kith extends Emitter {
  constructor(options = {}) {
    super();
    this._options = { ...DEFAULTS, ...options };
    this._WebSocket = options.WebSocket ?? globalThis.WebSocket;
    if (!this._WebSocket) {
      throw new KithError('unavailable',
        'there is no WebSocket here: pass one, as in connect({WebSocket}) with that of `ws`');
    }
    this._url = socketUrl(options.url);
    const { storage, storageKey = 'kith' } = options;
    this._outbox = storage ? new Outbox(storage, storageKey) : null;
    this._follow = options.follow ?? [];
    this._channels = new Map();
    this._iterators = new Set();
    this._timers = new Set();
    this._waits = new Set();     // what rejects who waits for time to pass
    this._requests = new Map();  // id -> {resolve, drop, due}
    this._late = new Map();      // id -> late, of the last ones that were answered
    this._ids = 0;
    this._attempts = 0;
    this._ready = false;
    this._closed = false;
    this._restored = null;
    this._renewedAt = 0;
    this._asking = null;      // the question for a token that is under way
    this._doubted = false;    // a token was bad, and of the next it is not known what it is worth
    this._reason = 'connect';  // of the next attempt
    this._notBefore = 0;      // ms since 1970: the server's word for it
    this.state = 'offline';  // connecting | live | catching up | offline
    this.error = null;       // why it will not come back
    this.retryAt = null;     // ms since 1970, while it is offline and will
    this.userId = null;
    this.sessionId = null;
    this.epoch = null;
    this.limits = null;
    // A network that is back, a page that is looked at again: what the line is worth is asked at
    // once. A laptop that slept says neither before its first send fails.
    this._online = () => this._wake();
    this._seen = () => { if (globalThis.document.visibilityState === 'visible') this._wake(); };
    globalThis.addEventListener?.('online', this._online);
    globalThis.document?.addEventListener?.('visibilitychange', this._seen);
    queueMicrotask(() => this._open('connect'));
  }

  /** The chat's handle; the same one every time. Nothing is asked for before open(). */
  chat(id) { return this._channel(id); }
  get channels() { return this._channels; }

  /** Subscribes to any channel; resolves once it is live. */
  subscribe(id, { presence = false } = {}) {
    const channel = this._channel(id);
    if (presence && !channel.wantsPresence) channel.wantsPresence = true;
    else if (channel.followed) return channel.whenLive();
    channel._attach();
    return channel.whenLive();
  }
  async unsubscribe(id) {
    if (id === this.userId) throw new KithError('bad_request', 'one\'s own channel stays subscribed');
    this._channel(id)._decline();
    if (!this._ready) return;
    try {
      await this._ask('unsubscribe', { channel: id });
    } catch (error) {
      if (error.code !== 'disconnected') throw error;  // with the connection it went anyhow
    }
  }

  /** Who is there: {count, users}. */
  presence(channel) { return this.request('presence', { channel }); }

  /**
   * A frame of any type, and its answer. Waits for a connection for answerTimeout; rejects with
   * `disconnected` where there is none by then, or where it is lost before the answer.
   */
  async request(type, fields = {}) {
    if (!this._ready) await this._whenReady();
    return this._ask(type, fields);
  }

  /** Every event of the wire, durable ones once and in order. `for await (const event of kith)`. */
  [Symbol.asyncIterator]() {
    const iterator = new EventIterator(this._options.iteratorMax,
      (ended) => this._iterators.delete(ended));
    if (this._closed) iterator._finish(this.error ?? undefined);
    else this._iterators.add(iterator);
    return iterator;
  }

  /** Tries at once instead of when the back-off, or what the server asked for, is over. */
  reconnect() {
    if (this._closed || this._socket || this._opening) return;
    this._cancel(this._retry);
    this._open(this._reason);
  }

  /** For good. What was not acked stays in the storage, where there is one. */
  close() {
    this._end(null);
  }

  // --- timers, all of which end with the client ---

  _later(ms, run) {
    if (this._closed) return null;
    const timer = setTimeout(() => {
      this._timers.delete(timer);
      run();
    }, ms);
    this._timers.add(timer);
    return timer;
  }
  _cancel(timer) {
    if (timer === null || timer === undefined) return;
    clearTimeout(timer);
    this._timers.delete(timer);
  }
  // Rejects where the client is closed meanwhile.
  _wait(ms) {
    return new Promise((resolve, reject) => {
      if (this._closed) return reject(this._closedError());
      this._waits.add(reject);
      this._later(ms, () => {
        this._waits.delete(reject);
        resolve();
      });
    });
  }
  _whenReady() {
    const { answerTimeout } = this._options;
    return new Promise((resolve, reject) => {
      if (this._closed) return reject(this._closedError());
      const ending = (settle) => (value) => {
        off();
        this._waits.delete(refuse);
        this._cancel(late);
        settle(value);
      };
      const refuse = ending(reject);
      const off = this.on('ready', ending(resolve));
      const late = this._later(answerTimeout, () => refuse(new KithError('disconnected',
        `there was no connection for ${answerTimeout} ms, so it was not asked`)));
      this._waits.add(refuse);
    });
  }
  _closedError(why = 'the client is closed') {
    return this.error ?? new KithError('closed', this._closed ? 'the client is closed' : why);
  }

  // --- connecting ---

  // One question at a time, whoever asks: a refresh token is good once. One that is not answered is
  // given up.
  async _token(reason) {
    const { token, answerTimeout } = this._options;
    if (typeof token !== 'function') return token;
    this._asking ??= new Promise((resolve, reject) => {
      const late = this._later(answerTimeout,
        () => reject(new KithError('connect', 'token() has not answered')));
      (async () => token({ reason }))().then(resolve, reject).finally(() => this._cancel(late));
    }).finally(() => { this._asking = null; });
    return this._asking;
  }
  // True where it is the end; else it is told, and asked again later.
  _noToken(error) {
    if (this._closed) return true;
    const code = error?.fatal ? 'unauthorized' : 'connect';
    const told = error instanceof KithError && !error.fatal ? error
      : new KithError(code, error?.message ?? String(error), { cause: error });
    if (error?.fatal) this._end(told);
    else this._emit('error', told);
    return this._closed;
  }

  async _open(reason) {
    if (this._closed || this._opening || this._socket) return;
    this._opening = true;
    this.retryAt = null;
    this._setState('connecting');
    let token;
    let claims;
    try {
      token = await this._token(reason);
      claims = claimsOf(token);
      // One that was kept over a long sleep: the server would take it for a bad one.
      if (reason === 'connect' && claims.exp * 1000 <= Date.now() && !this._closed) {
        claims = claimsOf(token = await this._token(reason = 'expired'));
      }
    } catch (error) {
      this._opening = false;
      if (!this._noToken(error)) this._retryLater(0, reason);
      return;
    }
    this._opening = false;
    if (this._closed) return;
    if (!token) return this._end(new KithError('unauthorized', 'there is no token'));
    this._identify(claims.sub);
    let socket;
    try {
      socket = this._socket = new this._WebSocket(this._url);
    } catch (error) {  // no such URL, or one that the page may not connect to
      return this._end(new KithError('closed', error.message));
    }
    this._closing = null;
    socket.addEventListener('open', () => this._say(this._init(token)));
    socket.addEventListener('message', ({ data }) => this._read(socket, data));
    socket.addEventListener('error', ({ message, error }) => {  // `close` follows
      if (this._socket !== socket) return;
      this._emit('error', new KithError('connect', message || 'the socket has failed',
        { cause: error }));
    });
    socket.addEventListener('close', ({ code }) => this._lost(socket, code));
    this._watch();
  }

  _init(token) {
    const resume = {};
    this._expected = new Set();
    for (const channel of this._channels.values()) {
      if (!channel.followed || channel.position === null) continue;
      resume[channel.id] = channel.position;
      channel.attaching = true;
      this._expected.add(channel.id);
    }
    const frame = { type: 'connection.init', token, protocol: 1 };
    if (this._options.client) frame.client = this._options.client;
    if (this.epoch) Object.assign(frame, { epoch: this.epoch, resume });
    if (this._follow.length > 0) frame.follow = this._follow;
    return JSON.stringify(frame);
  }

  // Nothing heard for long, or for a moment while an answer is due: asks. Silence behind that, or an
  // answer that is long due: this connection is none any more.
  _watch() {
    this._heard = Date.now();
    this._probed = null;  // when a ping went that nothing has been heard since
    const socket = this._socket;
    const { answerTimeout, idleTimeout, pingTimeout } = this._options;
    const every = Math.min(1000, idleTimeout / 2, pingTimeout / 2);
    const look = () => {
      if (this._socket !== socket) return;
      const now = Date.now();
      let due = this._ready ? Infinity : this._heard + answerTimeout;
      for (const request of this._requests.values()) due = Math.min(due, request.due);
      if (this._probed !== null) due = Math.min(due, this._probed + pingTimeout);
      if (now >= due) return this._drop(socket);
      const silence = now - this._heard;
      const asked = this._requests.size > 0;
      if (silence >= (asked ? Math.min(PATIENCE, idleTimeout) : idleTimeout)) this._probe();
      this._later(every, look);
    };
    this._later(every, look);
  }

  _probe() {
    if (!this._ready || this._probed !== null) return;
    this._probed = Date.now();
    this._ask('ping', {}).catch(() => {});
  }
  _wake() {
    if (this._socket) return this._probe();
    if (this._closed || this._opening) return;
    // Not before the time that the server has named: it is asked for by a person alone.
    const left = this._notBefore - Date.now();
    if (left > 0) this._retryIn(left);
    else this.reconnect();
  }

  // Not waiting for the other side's close frame, which may never come.
  _drop(socket) {
    try { socket.close(); } catch { /* it is gone */ }
    this._lost(socket, 1006);
  }

  _lost(socket, code) {
    if (this._socket !== socket) return;
    this._socket = null;
    this._ready = false;
    const notice = this._closing;
    for (const request of [...this._requests.values()]) request.drop();
    this._requests.clear();
    this._late.clear();
    for (const channel of this._channels.values()) channel._disconnected();
    this._cancel(this._stable);
    if (this._closed) return;
    // A bad token may be one that was kept for too long: asked once for a new one.
    if (code === 4500 && !this._doubted && typeof this._options.token === 'function') {
      this._doubted = true;
      this._retryLater(notice?.retry_after_ms ?? 0, 'expired');
      return;
    }
    // The rule of the contract: 4500-4999 do not come back; all else, with growing delay.
    if (code >= 4500 && code <= 4999) {
      this._end(new KithError(code === 4500 ? 'unauthorized' : 'closed',
        notice?.reason || `the server closed the connection with ${code}`, { close: code }));
      return;
    }
    this._retryLater(notice?.retry_after_ms ?? 0, code === 4003 ? 'expired' : 'connect');
  }

  _retryLater(atLeast, reason) {
    const ceiling = Math.min(this._options.backoffMax,
      this._options.backoffBase * 2 ** Math.min(this._attempts, 16));
    this._attempts += 1;
    const wait = Math.max(atLeast, Math.random() * ceiling);
    this._notBefore = Date.now() + atLeast;
    this._reason = reason;
    this._retryIn(wait);
  }
  _retryIn(wait) {
    this._cancel(this._retry);
    this.retryAt = Date.now() + wait;
    this._retry = this._later(wait, () => this._open(this._reason));
    this._setState('offline');
  }

  _end(error) {
    if (this._closed) return;
    this._closed = true;
    this._ready = false;
    this.error = error;
    this.retryAt = null;
    globalThis.removeEventListener?.('online', this._online);
    globalThis.document?.removeEventListener?.('visibilitychange', this._seen);
    for (const timer of this._timers) clearTimeout(timer);
    this._timers.clear();
    for (const reject of this._waits) reject(this._closedError());
    this._waits.clear();
    const socket = this._socket;
    this._socket = null;
    try { socket?.close(1000); } catch { /* it is gone */ }
    for (const request of [...this._requests.values()]) request.drop();
    this._requests.clear();
    for (const channel of this._channels.values()) {
      channel._disconnected();
      channel._live?.reject(this._closedError());
      channel._live = null;
      // They keep their state, and messages their place in the storage.
      for (const command of channel._queue ?? []) command.done.reject(this._closedError());
    }
    this._setState('offline');
    if (error) this._emit('error', error);
    for (const iterator of [...this._iterators]) iterator._finish(error ?? undefined);
  }

  _setState(state) {
    if (this.state === state) return;
    const before = this.state;
    this.state = state;
    this._emit('state', state, before);
  }

  // Live once all that was resumed is, and what had to be loaded anew has been.
  _settle() {
    if (!this._ready) return;
    for (const id of this._expected) {
      const channel = this._channels.get(id);
      if (!channel || channel.live || !channel.followed) this._expected.delete(id);
    }
    const loading = [...this._channels.values()].some((channel) => channel._round);
    this._setState(this._expected.size > 0 || loading ? 'catching up' : 'live');
  }

  // --- sending ---

  _nextId() { return String(++this._ids); }
  _tooLong(text) {
    const bytes = this.limits?.frame_bytes;
    if (!bytes || text.length * 3 <= bytes) return false;
    return new TextEncoder().encode(text).length > bytes;
  }
  _say(text) {
    // A socket that is closing says so by `close`: what was said is said again then.
    if (this._socket?.readyState === 1) this._socket.send(text);
  }
  // `late` gets an ack that comes behind the answer: where something on the way has sent a frame
  // twice, the ack of the repeat can overtake the one that stands in place of the event.
  _send(text, id, resolve, drop, late) {
    this._requests.set(id, { resolve, drop, late, due: Date.now() + this._options.answerTimeout });
    this._say(text);
  }
  _tell(type, fields) { this._say(JSON.stringify({ type, ...fields })); }
  // `take` gets the answer before the frames behind it are looked at; who awaits, after them.
  _ask(type, fields, take = () => {}, id = this._nextId()) {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new KithError('disconnected', 'the connection was lost'));
      if (!this._ready) return gone();
      this._send(JSON.stringify({ type, id, ...fields }), id, (frame) => {
        if (frame.type !== 'error') {
          take(frame);
          return resolve(frame);
        }
        reject(new KithError(frame.code, frame.message,
          { retry_after_ms: frame.retry_after_ms, channel: frame.channel }));
      }, gone);
    });
  }

  // --- unsent messages that outlive the page ---

  _identify(user) {
    if (!user || this._restored === user) return;
    this._restored = user;
    this.userId ??= user;
    for (const channel of this._channels.values()) {  // written before one knew who one is
      for (const message of channel._pending ?? []) message.sender_id ??= user;
    }
    if (!this._outbox) return;
    const kept = new Map();  // chat -> its messages
    for (const { refused, ...message } of this._outbox.of(user)) {
      const chat = this._channel(message.chat_id);
      const known = (own) => own.client_message_id === message.client_message_id;
      if (chat._pending.some(known) || chat._confirmed.some(known)) continue;
      Object.assign(message, { sender_id: user, reactions: [], state: 'sending' });
      if (refused) {
        const error = new KithError(refused.code, refused.message);
        Object.assign(message, { state: 'failed', error });
      }
      kept.set(chat, [...(kept.get(chat) ?? []), message]);
    }
    for (const [chat, messages] of kept) chat._restore(messages);
    for (const channel of this._channels.values()) {
      for (const message of channel._pending ?? []) this._remember(message);
    }
  }
  _remember(message) {
    if (!this._outbox || !this.userId || message.state === 'sent') return;
    try {
      this._outbox.keep(this.userId, message);
    } catch (error) {
      const why = `an unsent message is not kept: ${error.message}`;
      this._emit('error', new KithError('storage', why));
    }
  }
  _forget(message) {
    if (this._outbox && this.userId) this._outbox.drop(this.userId, message.client_message_id);
  }

  // --- reading ---

  _channel(id) {
    let channel = this._channels.get(id);
    if (!channel) {
      channel = id.startsWith('chat_') ? new Chat(this, id) : new Channel(this, id);
      this._channels.set(id, channel);
    }
    return channel;
  }

  _read(socket, data) {
    if (this._socket !== socket || typeof data !== 'string') return;
    this._heard = Date.now();
    this._probed = null;
    for (const line of data.split('\n')) {
      if (line.trim() === '') continue;
      let frame;
      try {
        frame = JSON.parse(line);
      } catch {
        return this._drop(socket);  // not our server, or not whole
      }
      this._frame(frame);
      if (this._socket !== socket) return;
    }
  }

  _frame(frame) {
    switch (frame.type) {
      case 'connection.ready': return this._becomeReady(frame);
      case 'connection.closing': this._closing = frame; return;
      case 'connection.expiring': return this._refresh();
      case 'subscribed':
        if (frame.id) this._answer(frame);
        this._channel(frame.channel)._subscribed(frame);
        return;
      case 'unsubscribed':
        if (frame.id) this._answer(frame);
        if (!frame.id && frame.code) this._channel(frame.channel)._lost(frame.code);
        return;
      case 'error':
        if (frame.id) return this._answer(frame);
        if (frame.channel) {
          return this._channel(frame.channel)._refused(new KithError(frame.code, frame.message,
            { retry_after_ms: frame.retry_after_ms }));
        }
        this._emit('error', new KithError(frame.code, frame.message));
        return;
      case 'ack': case 'history': case 'presence': case 'leaderboard': case 'pong':
        if (frame.id) this._answer(frame);
        return;
      default: this._incoming(frame);
    }
  }

  _answer(frame) {
    const request = this._requests.get(frame.id);
    if (!request) return this._answeredLate(frame);
    this._requests.delete(frame.id);
    if (request.late) this._late.set(frame.id, request.late);
    if (this._late.size > LATE_MAX) this._late.delete(this._late.keys().next().value);
    request.resolve(frame);
  }

  _answeredLate(frame) {
    const late = frame.type === 'ack' && !frame.duplicate && this._late.get(frame.id);
    if (!late) return;
    this._late.delete(frame.id);
    late(frame);
  }

  _becomeReady(frame) {
    if (this._ready) return;
    this._ready = true;
    this._doubted = false;
    this._reason = 'connect';
    this._identify(frame.user_id);
    this.userId = frame.user_id;
    this.sessionId = frame.session_id;
    if (this.epoch !== frame.epoch) {
      for (const channel of this._channels.values()) {
        channel._stale = channel.position !== null;
        channel._otherHistory();
      }
    }
    this.epoch = frame.epoch;
    this.limits = frame.limits;
    this._stable = this._later(STABLE_AFTER, () => { this._attempts = 0; });
    const own = this._channel(frame.user_id);
    own.followed = true;
    if (!own.live) this._expected.add(own.id);
    this._emit('ready', frame);
    for (const channel of this._channels.values()) {
      if (channel.followed && !this._expected.has(channel.id)) channel._attach();
      channel._pump?.();
    }
    this._settle();
  }

  _incoming(frame) {
    const id = frame.chat_id ?? frame.channel;
    if (!id) return this._event(frame, null);
    const channel = this._channel(id);
    if (channel.declined) return;
    if (typeof frame.seq === 'number') {
      if (!channel._takes(frame.seq)) return;
      channel instanceof Chat ? channel._durable(frame) : this._event(frame, channel);
    } else if (channel instanceof Chat) {
      channel._state(frame);
    } else {
      if (frame.type.startsWith('presence.')) channel._presenceEvent(frame);
      this._event(frame, channel);
    }
  }

  _event(event, channel) {
    this._emit(event.type, event, channel);
    this._emit('event', event, channel);
    for (const iterator of [...this._iterators]) iterator._push(event);
  }

  async _refresh() {
    if (this._refreshing || typeof this._options.token !== 'function') return;
    const socket = this._socket;
    const early = this._renewedAt + RENEW_EVERY - Date.now();
    if (early > 0) {
      this._later(early, () => { if (this._socket === socket) this._refresh(); });
      return;
    }
    this._renewedAt = Date.now();
    this._refreshing = true;
    try {
      const token = await this._token('expiring');
      if (token && this._socket === socket) await this._ask('connection.refresh', { token });
    } catch (error) {
      if (error?.code === 'disconnected' || this._noToken(error)) return;
      // Again while the socket lives; behind its end the next connection asks for a new one.
      if (this._socket === socket) {
        this._renewedAt = 0;
        this._later(5000, () => { if (this._socket === socket) this._refresh(); });
      }
    } finally {
      this._refreshing = false;
    }
  }
}
