// One's chats, newest first: as GET /chats lists them, page by page, kept up by the events since.
//
// A socket follows its chats one after another, and tells of each what comes behind its
// `subscribed`: of the last of many that is long after the list was asked for. What is written
// between the two is in neither, so where such a chat is newer than its entry, or has none, the list
// is asked for again.

const PAGE = 50;
const AGAIN_MIN = 1000;  // ms until the list is asked for again, doubled with each failure
const AGAIN_MAX = 30000;
const LOOK_AFTER = 1000;  // ms in which chats that come to be followed are joined
const PEOPLE_MAX = 200;  // participants whose names a chat is asked for

export class ChatList {
  // `people` knows names; `isReading(chat)`: it is open, and looked at; `isOnline()`: there is a
  // connection, else the next one calls load(); `onChange` draws.
  constructor({ server, people, isReading, isOnline, onChange }) {
    Object.assign(this, { server, people, isReading, isOnline, onChange });
    this.all = new Map();  // id -> what the server says of the chat
    this._cursor = null;   // of the page behind those that are here
    this._loading = null;
    this._again = false;
    this._more = false;
    this._fetching = new Map();
    this._followed = new Map();  // id -> from which seq on, said since the list was asked for
    this._look = null;
    this._closed = false;
    this.loaded = false;   // once
    this.failed = false;   // to be loaded: tried again
    this._failures = 0;
    this._retry = null;
  }
  close() {
    this._closed = true;
    clearTimeout(this._retry);
    clearTimeout(this._look);
  }

  get(id) { return this.all.get(id) ?? null; }
  get hasMore() { return this._cursor !== null; }

  /** As many as are here, at least a page: anew. */
  load() {
    if (this._loading) {
      this._again = true;
      return this._loading;
    }
    clearTimeout(this._retry);
    this._loading = this._load().then(() => { this._failures = 0; }, (error) => this._fail(error))
      .finally(() => { this._loading = null; });
    return this._loading;
  }
  _fail(error) {
    if (this._closed) return;
    console.info(`chats: ${error.message}`);
    this.failed = true;
    const wait = Math.min(AGAIN_MAX, AGAIN_MIN * 2 ** this._failures++);
    this._retry = setTimeout(() => { if (this.isOnline()) this.load(); }, wait);
    this._changed();
  }
  async _load() {
    do {
      this._again = false;
      const begun = performance.now();
      this._followed.clear();
      const items = [];
      let cursor = null;
      do {
        const page = await this._page(cursor);
        items.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor && items.length < this.all.size);
      if (this._closed) return;
      this._replace(items, begun);
      this._cursor = cursor;
      this.loaded = true;
      this.failed = false;
      this._changed();
      await Promise.all([...this.all.values()].filter((chat) => !chat.name)
        .map((chat) => this.learnPeople(chat)));
    } while (this._again && !this._closed);
  }
  _page(cursor) {
    const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    return this.server.ask('GET', `chats?limit=${PAGE}${from}`);
  }
  // What has come meanwhile, and is newer than the answer, stays in front.
  _replace(items, begun) {
    const before = this.all;
    const listed = new Set(items.map(({ id }) => id));
    const newer = [...before].filter(([id, chat]) => chat.touched > begun && !listed.has(id));
    this.all = new Map(newer);
    for (const item of items) this.all.set(item.id, merged(before.get(item.id), item));
  }

  /** The chat's events come from behind `seq` on. */
  followed(id, seq) {
    this._followed.set(id, seq);
    this._look ??= setTimeout(() => this._lookAgain(), LOOK_AFTER);
  }
  async _lookAgain() {
    await this._loading;
    this._look = null;
    if (this._closed || this.failed || !this.isOnline()) return;  // it is loaded anyhow
    const missed = [...this._followed].some(([id, seq]) => !(this.get(id)?.seq >= seq));
    this._followed.clear();
    if (missed) this.load();
  }

  /** The page behind those that are here. */
  async more() {
    const cursor = this._cursor;
    if (cursor === null || this._loading || this._more) return;
    this._more = true;
    try {
      const page = await this._page(cursor);
      if (this._closed || this._cursor !== cursor) return;
      for (const item of page.items) {
        const known = this.all.get(item.id);
        this.all.set(item.id, merged(known, item));
        if (!item.name) this.learnPeople(this.all.get(item.id));
      }
      this._cursor = page.next_cursor;
      this._more = false;
      this._changed();
    } catch (error) {
      console.info(`chats: ${error.message}`);
    } finally {
      this._more = false;
    }
  }

  /** The chat as it is now; null where there is none for us. Concurrent callers share one answer. */
  fetch(id, { toTop = false } = {}) {
    if (!this._fetching.has(id)) {
      this._fetching.set(id, this._fetch(id, toTop).finally(() => this._fetching.delete(id)));
    }
    return this._fetching.get(id);
  }
  async _fetch(id, toTop) {
    try {
      const item = await this.server.ask('GET', `chats/${id}`);
      if (this._closed) return null;
      const chat = this.put(item, { toTop: toTop && !this.all.has(id) });
      this._learnNames(chat);
      return chat;
    } catch (error) {
      if (error.status !== 404) console.info(`chat ${id}: ${error.message}`);
      return null;
    }
  }
  put(item, { toTop }) {
    const chat = merged(this.all.get(item.id), item);
    this.all.set(chat.id, chat);
    if (toTop) this._toTop(chat);
    this._changed();
    return chat;
  }
  remove(id) {
    this.all.delete(id);
    this._changed();
  }

  async learnPeople(chat) {
    if (chat.participants || chat.participant_count > PEOPLE_MAX) return;
    await this.fetch(chat.id);
  }
  _learnNames(chat) {
    for (const { user_id, display_name } of chat.participants ?? []) {
      this.people.learn(user_id, display_name);
    }
  }
  nameOf(chat) {
    if (chat.name) return chat.name;
    const others = (chat.participants ?? []).filter(({ user_id }) =>
      user_id !== this.server.user?.id);
    return others.map(({ user_id }) => this.people.name(user_id)).join(', ') || 'Chat';
  }

  /** Every event of the socket. */
  note(event) {
    if (event.type === 'notification.new' && event.notification?.type === 'chat.joined') {
      this.fetch(event.notification.payload.chat_id, { toTop: true });
      return;
    }
    if (!event.chat_id) return;
    const chat = this.all.get(event.chat_id);
    if (!chat) {  // further back than what is listed
      if (event.type === 'message.new') this.fetch(event.chat_id, { toTop: true });
      return;
    }
    chat.touched = performance.now();
    this._apply(chat, event);
    if (event.seq > chat.seq) chat.seq = event.seq;
    this._changed();
  }
  _apply(chat, event) {
    const me = this.server.user?.id;
    const last = chat.last_message;
    switch (event.type) {
      case 'delivery.read':
        if (event.user_id !== me) break;
        if (event.last_read_seq >= chat.seq) chat.unread_count = 0;
        else this.fetch(chat.id);
        break;
      case 'participant.join': case 'participant.leave':
        if (event.user_id === me && event.type === 'participant.leave') break;  // gone in a moment
        chat.participants = null;
        this.learnPeople(chat);
        break;
      case 'message.new':
        if (event.seq <= chat.seq) break;
        chat.last_message = { ...event, id: event.message_id };
        if (event.sender_id !== me && !this.isReading(chat)) chat.unread_count += 1;
        this._toTop(chat);
        break;
      case 'message.update':
        if (last?.id === event.message_id) last.content = event.content;
        break;
      case 'message.delete':
        if (last?.id === event.message_id) last.content = { type: 'tombstone' };
        break;
      case 'system.moderation':
        if (last?.id !== event.message_id || !event.message_id) break;
        if (event.action === 'hide') last.content = { type: 'tombstone' };
        if (event.action === 'restore') this.fetch(chat.id);
        break;
    }
  }
  _toTop(chat) {
    this.all.delete(chat.id);
    this.all = new Map([[chat.id, chat], ...this.all]);
    chat.touched = performance.now();
  }
  _changed() {
    if (!this._closed) this.onChange();
  }
}

// A chat keeps its object. Events that have come meanwhile may be newer than the answer.
function merged(before, item) {
  if (!before) return item;
  const newer = before.seq > item.seq ? { ...item, seq: before.seq,
    unread_count: before.unread_count, last_message: before.last_message } : item;
  return Object.assign(before, newer, { participants: item.participants ?? before.participants });
}
