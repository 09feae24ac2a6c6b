// One chat on the page: its messages, what one does with them, and what the others are doing.

const REACTIONS = ['👍', '❤️', '😂', '🎉'];
const NEWS = 5;   // messages that are kept to be said aloud
// Ends of which the page tells, or does something about.
const NOT_HERE = ['closed', 'forbidden', 'not_found', 'too_large'];
const NEAR = 60;  // px from the end that still count as being there

const $ = (id) => document.getElementById(id);

function element(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) made.setAttribute(name, value);
  }
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

export function textOf(content) {
  if (content?.type === 'tombstone') return 'deleted';
  return content?.text ?? (content?.attachments?.length ? '(attachment)' : `(${content?.type})`);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
function timeOf(text) {
  const at = new Date(text);
  return (Date.now() - at < 20 * 3600e3 ? clock : day).format(at);
}

export class ChatView {
  // `info` is the chat as the list has it; `drafts` keep what is being written.
  constructor({ kith, chat, info, people, drafts }) {
    Object.assign(this, { kith, chat, info, people, drafts });
    this._shown = new WeakMap();  // message -> {element, drawn}
    this._editing = null;
    this._replying = null;
    this._atEnd = true;
    this._opening = true;
    this._stop = new AbortController();
    const { signal } = this._stop;
    const listen = (id, event, run) => $(id).addEventListener(event, run, { signal });
    listen('composer', 'submit', (event) => { event.preventDefault(); this.submit(); });
    listen('text', 'keydown', (event) => this._key(event));
    listen('text', 'input', () => this._typed());
    listen('messages', 'scroll', () => this._scrolled());
    listen('list', 'keydown', (event) => this._listKey(event));
    listen('list', 'click', (event) => this._tapped(event));
    listen('older', 'click', () => this.older());
    listen('newest', 'click', () => this.toEnd());
    $('composing').querySelector('button')
      .addEventListener('click', () => this._compose(), { signal });
    document.addEventListener('visibilitychange', () => this._read(), { signal });
    this._off = [
      kith.on('change', (changed) => { if (changed === chat) this.draw(); }),
      kith.on('typing', (changed) => { if (changed === chat) this._drawTyping(); }),
      kith.on('state', () => this._drawPeople()),
      kith.on('message.new', (event, channel) => { if (channel === chat) this._announce(event); }),
    ];
    $('list').replaceChildren();
    $('news').replaceChildren();
    this.note('');
    $('text').value = drafts.get(chat.id);
    this._compose();
    this.draw();
    this._drawTyping();
    this.open();
  }

  open() {
    this._opening = true;
    this.chat.open({ presence: true }).catch((error) => {
      if (!NOT_HERE.includes(error.code)) this.note(error.message);
    }).then(() => {
      this._opening = false;
      if (!this._stop.signal.aborted) this.draw();
    });
  }
  /** Once there is room for it. */
  openAfter(room) {
    room.then(() => { if (!this._stop.signal.aborted) this.open(); },
      (error) => this.note(error.message));
  }

  close() {
    this.chat.stopTyping();
    this._keepDraft();
    this._stop.abort();
    $('delete-dialog').close();
    for (const off of this._off) off();
  }

  /** What did not work; until the next thing that one does. */
  note(text) {
    if (!this._stop.signal.aborted) $('chat-error').textContent = text;
  }

  // To those who listen: what others say, once, and not what older pages bring.
  _announce({ sender_id, content }) {
    if (sender_id === this.kith.userId || document.visibilityState !== 'visible') return;
    const text = `${this.people.name(sender_id)}: ${textOf(content)}`;
    $('news').append(element('p', { text }));
    while ($('news').childElementCount > NEWS) $('news').firstElementChild.remove();
  }

  // --- drawing: each message keeps its element, which is made anew only where it differs ---

  draw() {
    const list = $('list');
    const box = $('messages');
    const stick = this._atEnd;
    const { messages } = this.chat;
    const lastRead = this._lastReadOwn(messages);
    const before = stick ? null : this._topOf(messages[1]);
    this._dropFront(list, messages);
    // All are made first: making one anew puts it in the place of its former self.
    const items = messages.map((message, i) =>
      this._item(message, messages[i - 1], message === lastRead));
    let place = list.firstElementChild;
    for (const item of items) {
      if (item === place) place = place.nextElementSibling;
      else list.insertBefore(item, place);
    }
    while (place) {
      const next = place.nextElementSibling;
      place.remove();
      place = next;
    }
    // One stop for Tab, at the newest; from there arrows lead on.
    if (this._tabStop !== list.lastElementChild) {
      this._tabStop?.setAttribute('tabindex', '-1');
      this._tabStop = list.lastElementChild;
      this._tabStop?.setAttribute('tabindex', '0');
    }
    list.setAttribute('aria-busy', String(this._opening && !this.chat.loaded));
    $('older').hidden = !this.chat.loaded || this.chat.complete;
    this._drawPeople();
    if (stick) box.scrollTop = box.scrollHeight;
    else if (before !== null && !this._loadingOlder) box.scrollTop += this._topOf(messages[1]) - before;
    this._scrolled();
    this._read();
  }

  // What kith.js keeps no longer goes first, so that the rest need not be moved.
  _dropFront(list, messages) {
    const first = list.firstElementChild?.message;
    if (!first || first === messages[0] || messages.includes(first)) return;
    const there = new Set(messages);
    while (list.firstElementChild && !there.has(list.firstElementChild.message)) {
      list.firstElementChild.remove();
    }
  }

  // What one reads is not to move with it. The first may look otherwise than before, as it follows
  // nobody now; the second does not.
  _topOf(message) {
    const shown = message && this._shown.get(message)?.element;
    return shown?.isConnected ? shown.getBoundingClientRect().top : null;
  }

  // The receipt stands once, at the newest of one's own that somebody has read.
  _lastReadOwn(messages) {
    const me = this.kith.userId;
    let read = 0;
    for (const [user, seq] of this.chat.receipts) if (user !== me && seq > read) read = seq;
    if (read === 0) return null;
    return messages.findLast(({ sender_id, seq }) => sender_id === me && seq <= read) ?? null;
  }

  _item(message, before, showsReaders) {
    const readers = showsReaders ? this.chat.readBy(message) : [];
    const follows = before?.sender_id === message.sender_id &&
      new Date(message.sent_at) - new Date(before.sent_at) < 300e3;
    const quoted = message.reply_to ? this.chat.find(message.reply_to) : null;
    const name = this.people.name(message.sender_id);
    // kith.js puts a new object in the place of what has changed.
    const drawn = [message.state, message.content, message.reactions, follows, name,
      message.edited_at, readers.map((user) => this.people.name(user)).join(), quoted?.content,
      message.message_id, message.error?.message];
    const shown = this._shown.get(message);
    if (shown?.drawn.every((value, i) => value === drawn[i])) return shown.element;
    const made = this._make(message, { follows, readers, quoted, name });
    if (shown?.element.isConnected) {
      const focused = shown.element.contains(document.activeElement);
      shown.element.replaceWith(made);
      if (focused) made.focus({ preventScroll: true });
    }
    this._shown.set(message, { element: made, drawn });
    return made;
  }

  _make(message, { follows, readers, quoted, name }) {
    const mine = message.sender_id === this.kith.userId;
    const gone = message.content.type === 'tombstone';
    const item = element('li', {
      class: ['message', mine && 'mine', follows && 'follows', gone && 'gone'].filter(Boolean)
        .join(' '),
      tabindex: -1, 'data-state': message.state, 'data-id': message.message_id,
      'data-client-id': message.client_message_id, 'data-seq': message.seq,
    });
    item.message = message;
    item.append(element('span',
      { class: 'by', text: `${mine ? 'You' : name} · ${timeOf(message.sent_at)}` }));
    const bubble = element('div', { class: 'bubble' });
    if (message.reply_to) {
      bubble.append(element('span', { class: 'quote', text: quoted ? textOf(quoted.content) : '…' }));
    }
    bubble.append(element('span', { class: 'text', text: textOf(message.content) }));
    item.append(bubble);
    if (message.reactions.length > 0) item.append(this._reactions(message));
    item.append(this._meta(message, mine, readers));
    if (message.state === 'sent' && !gone) item.append(this._actions(message, mine));
    return item;
  }

  _reactions(message) {
    return element('div', { class: 'reactions' }, ...message.reactions.map(({ emoji, count, me }) =>
      element('button', {
        type: 'button', 'aria-pressed': String(me), text: `${emoji} ${count}`,
        'aria-label': `${emoji} ${count}${me ? ', yours' : ''}`,
        onclick: () => this._react(message, emoji),
      })));
  }

  _meta(message, mine, readers) {
    const meta = element('span', { class: 'meta' });
    const words = [];
    if (message.edited_at && message.content.type !== 'tombstone') words.push('edited');
    if (mine && message.state === 'sending') words.push('sending …');
    if (mine && message.state === 'sent' && message.content.type !== 'tombstone') words.push('✓');
    if (readers.length > 0) {
      words.push(`read by ${readers.map((user) => this.people.name(user)).join(', ')}`);
    }
    meta.textContent = words.join(' · ');
    if (message.state === 'failed') {
      meta.replaceChildren(`not sent: ${message.error?.message} `,
        element('button', { type: 'button', class: 'plain', text: 'Try again',
          onclick: () => this.chat.retry(message) }),
        element('button', { type: 'button', class: 'plain', text: 'Discard',
          onclick: () => this.chat.discard(message) }));
    }
    return meta;
  }

  _actions(message, mine) {
    const button = (text, label, run) =>
      element('button', { type: 'button', text, 'aria-label': label, onclick: run });
    const actions = REACTIONS.map((emoji) =>
      button(emoji, `React with ${emoji}`, () => this._react(message, emoji)));
    actions.push(button('Reply', 'Reply', () => this._compose({ replying: message })));
    if (mine) {
      actions.push(button('Edit', 'Edit', () => this._compose({ editing: message })),
        button('Delete', 'Delete', () => this._askToDelete(message)));
    }
    return element('div', { class: 'actions' }, ...actions);
  }

  _drawPeople() {
    const here = this.kith.state === 'offline' ? { count: 0, users: new Set() } : this.chat.presence;
    const others = (this.info.participants ?? []).filter(({ user_id }) =>
      user_id !== this.kith.userId);
    const dot = () => element('span', { class: 'here', text: ' ●' });
    const words = others.map(({ user_id }) =>
      [this.people.name(user_id), ...(here.users.has(user_id) ? [dot()] : [])]);
    const known = new Set(others.map(({ user_id }) => user_id));
    const away = [...here.users].filter((user) => !known.has(user) && user !== this.kith.userId);
    words.push(...away.map((user) => [this.people.name(user), dot()]));
    const parts = words.length > 8 ? [`${this.info.participant_count} people, ${here.count} here`]
      : words.flatMap((word, i) => (i > 0 ? [', ', ...word] : word));
    $('chat-people').replaceChildren(...parts);
    $('chat-people').title = '● is here now';
  }

  _drawTyping() {
    const names = this.chat.typing.map((user) => this.people.name(user));
    $('typing').textContent = names.length === 0 ? ''
      : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} typing …`;
  }

  // --- scrolling and reading ---

  _scrolled() {
    const box = $('messages');
    this._atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    $('newest').hidden = this._atEnd;
    if (this._atEnd) this._read();
    if (box.scrollTop < NEAR && box.scrollHeight > box.clientHeight) this.older();
  }
  toEnd() {
    $('messages').scrollTop = $('messages').scrollHeight;
  }
  async older() {
    if (this._loadingOlder || !this.chat.loaded || this.chat.complete) return;
    this._loadingOlder = true;
    const box = $('messages');
    const fromEnd = box.scrollHeight - box.scrollTop;
    try {
      await this.chat.older();
      await Promise.resolve();  // drawn by now
      if (!this._stop.signal.aborted) box.scrollTop = box.scrollHeight - fromEnd;
    } catch (error) {
      if (!['disconnected', 'closed'].includes(error.code)) this.note(error.message);
    } finally {
      this._loadingOlder = false;
    }
  }
  _read() {
    if (document.visibilityState !== 'visible' || !this._atEnd || !this.chat.loaded) return;
    this.info.unread_count = 0;
    this.chat.markRead();
    this.onRead?.();
  }

  // --- writing ---

  _compose({ editing = null, replying = null } = {}) {
    this._keepDraft();
    if (editing) $('text').value = textOf(editing.content);
    else if (this._editing) $('text').value = this.drafts.get(this.chat.id);
    this._editing = editing;
    this._replying = replying;
    $('composing').hidden = !editing && !replying;
    $('composing').querySelector('span').textContent =
      editing ? 'Editing' : replying ? `Answer to: ${textOf(replying.content)}` : '';
    this._grow();
    if (editing || replying) $('text').focus();
  }

  // An edit is none: what was being written before comes back behind it.
  _keepDraft() {
    if (!this._editing) this.drafts.set(this.chat.id, $('text').value);
  }

  submit() {
    const text = $('text').value.trim();
    if (text === '') return;
    this.note('');
    if (this._editing) {
      const { message_id } = this._editing;
      this._tell(this.chat.edit(message_id, text));
      this._compose();
      return;
    }
    this.chat.send(text, { replyTo: this._replying?.message_id });
    $('text').value = '';
    this._compose();
    this._atEnd = true;
    $('text').focus();
  }

  _typed() {
    this._grow();
    this._keepDraft();
    if (!this._editing && $('text').value !== '') this.chat.keystroke();
  }
  _grow() {
    const { value } = $('text');
    $('text').rows = Math.min(6, Math.max(1, value.split('\n').length));
  }

  _key(event) {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'Escape') {
      this._compose();
    } else if (event.key === 'ArrowUp' && $('text').value === '') {
      const own = this.chat.messages.findLast((message) => message.state === 'sent' &&
        message.sender_id === this.kith.userId && message.content.type === 'text');
      if (own) {
        event.preventDefault();
        this._compose({ editing: own });
      }
    }
  }

  // Where nothing hovers, a message grows by the line of its actions, maybe past the end.
  _tapped(event) {
    if (!matchMedia('(hover: none)').matches) return;
    event.target.closest('.message')?.scrollIntoView({ block: 'nearest' });
  }

  // Among the messages: arrows move, digits react, R replies, E edits, Delete asks and deletes.
  _listKey(event) {
    const item = event.target.closest('.message');
    if (!item || event.target !== item || event.ctrlKey || event.metaKey || event.altKey) return;
    const { message } = item;
    const usable = message.state === 'sent' && message.content.type !== 'tombstone';
    const mine = message.sender_id === this.kith.userId;
    const digit = Number(event.key);
    if (event.key === 'ArrowUp') item.previousElementSibling?.focus();
    else if (event.key === 'ArrowDown') (item.nextElementSibling ?? $('text')).focus();
    else if (event.key === 'Escape') $('text').focus();
    else if (usable && digit >= 1 && digit <= REACTIONS.length) {
      this._react(message, REACTIONS[digit - 1]);
    } else if (usable && event.key === 'r') this._compose({ replying: message });
    else if (usable && mine && event.key === 'e') this._compose({ editing: message });
    else if (usable && mine && event.key === 'Delete') this._askToDelete(message);
    else return;
    event.preventDefault();
  }

  _react(message, emoji) {
    const mine = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.me);
    this._tell(mine ? this.chat.unreact(message.message_id, emoji)
      : this.chat.react(message.message_id, emoji));
  }
  // There is no way back, and the button lies among others.
  _askToDelete(message) {
    const dialog = $('delete-dialog');
    $('delete-text').textContent = textOf(message.content);
    dialog.returnValue = '';  // Escape would leave that of the last time
    dialog.addEventListener('close', () => {
      if (dialog.returnValue === 'delete') this._delete(message);
      // It may have been made anew meanwhile, so the browser does not lead back to it.
      this._shown.get(message)?.element.focus({ preventScroll: true });
    }, { once: true, signal: this._stop.signal });
    dialog.showModal();
  }
  _delete(message) {
    if (this._editing === message || this._replying === message) this._compose();
    this._tell(this.chat.delete(message.message_id));
  }
  _tell(doing) {
    this.note('');
    doing.catch((error) => {
      if (error.code !== 'closed') this.note(error.message);
    });
  }
}
