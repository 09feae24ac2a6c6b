// The page: who one is, one's chats with what is unread in them, and the state of the connection.
import { connect } from '../kith.js';
import { ChatView, textOf } from './chat_view.js';
import { Server } from './server.js';

const $ = (id) => document.getElementById(id);
const DEMO_PASSWORD = 'kith-demo-password';  // of `kithd --demo`, on loopback alone

const server = new Server();
let kith = null;
let view = null;
let chats = new Map();  // id -> what GET /chats says, kept up by the events since
let signingUp = false;
let counting = null;  // the seconds until the next attempt

// --- names of people: asked for once each ---

const people = {
  known: new Map(),
  name(id) {
    if (id === null || id === undefined) return '…';
    if (!this.known.has(id)) {
      this.known.set(id, '…');
      server.ask('GET', `users/${id}`)
        .then((user) => this.learn(id, user.display_name))
        .catch(() => this.learn(id, 'somebody'));
    }
    return this.known.get(id);
  },
  learn(id, name) {
    if (this.known.get(id) === name) return;
    this.known.set(id, name);
    soon(() => { drawChats(); view?.draw(); });
  },
};

const due = new Set();
function soon(run) {
  const text = run.toString();
  if (due.has(text)) return;
  due.add(text);
  queueMicrotask(() => { due.delete(text); run(); });
}

// --- signing in ---

function show(part) {
  document.body.dataset.view = part;
  $('sign').hidden = part !== 'sign';
  $('main').hidden = part === 'sign';
}

function switchSign(to) {
  signingUp = to;
  $('name-field').hidden = !to;
  $('sign-submit').textContent = to ? 'Sign up' : 'Sign in';
  $('sign-switch').textContent = to ? 'I have an account' : 'I am new here';
  $('sign-form').elements.password.autocomplete = to ? 'new-password' : 'current-password';
  $('sign-error').textContent = '';
}

async function sign(how) {
  const form = $('sign-form');
  const buttons = form.querySelectorAll('button');
  $('sign-error').textContent = '';
  for (const button of buttons) button.disabled = true;
  try {
    await how();
    form.reset();
    enter();
  } catch (error) {
    $('sign-error').textContent = error.status === 401 ? 'Email or password do not match.'
      : error.status === 409 ? 'There is an account with this email already.' : error.message;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

$('sign-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const { display_name, email, password } = event.target.elements;
  const fields = { email: email.value.trim(), password: password.value };
  sign(() => (signingUp
    ? server.signUp({ ...fields, display_name: display_name.value.trim() || fields.email })
    : server.signIn(fields)));
});
$('sign-switch').addEventListener('click', () => switchSign(!signingUp));
for (const button of document.querySelectorAll('[data-demo]')) {
  button.addEventListener('click', () => sign(() =>
    server.signIn({ email: `${button.dataset.demo}@demo.kith`, password: DEMO_PASSWORD })));
}

function leave() {
  kith?.close();
  view?.close();
  clearInterval(counting);
  switchSign(false);
  kith = view = null;
  chats = new Map();
  document.title = 'kith';
  $('chat').hidden = true;
  show('sign');
  askAboutDemo();
}

async function askAboutDemo() {
  const status = await server.status().catch(() => null);
  $('demo').hidden = !status?.demo;
}

server.onSignedOut = leave;
$('sign-out').addEventListener('click', async () => {
  kith?.close();
  await server.signOut();
  leave();
});

function enter() {
  show('list');
  const { user } = server;
  people.known.set(user.id, user.display_name);
  $('me').textContent = user.display_name;
  $('my-id').textContent = user.id;
  kith = connect({
    url: document.baseURI.replace(/[^/]*$/, ''),
    token: (why) => server.token(why),
    follow: ['chats'],
    client: 'page',
    storage: localStorage,
  });
  kith.on('state', drawState);
  kith.on('error', (error) => console.info(`kith: ${error.code}: ${error.message}`));
  kith.on('ready', () => loadChats());
  kith.on('event', noteEvent);
  kith.on('unsubscribed', ({ channel }) => {
    chats.delete(channel);
    if (view?.chat.id === channel) closeChat();
    drawChats();
  });
  kith.on('reset', () => loadChats());
  drawState();
  followHash();
}

// --- the connection's state ---

function drawState() {
  clearInterval(counting);
  if (!kith) return;
  const draw = () => {
    const seconds = kith?.retryAt ? Math.max(1, Math.ceil((kith.retryAt - Date.now()) / 1000)) : 0;
    const words = {
      live: 'Live', connecting: 'Connecting …', 'catching up': 'Catching up …',
      offline: kith?.error ? `Offline: ${kith.error.message}` : `Offline, again in ${seconds} s`,
    };
    $('state-text').textContent = words[kith.state];
  };
  $('state').dataset.state = kith.state;
  $('state-retry').hidden = kith.state !== 'offline' || Boolean(kith.error);
  draw();
  if (kith.retryAt) counting = setInterval(draw, 500);
}
$('state-retry').addEventListener('click', () => kith?.reconnect());

// --- the list of chats ---

let loading = null;
let again = false;
function loadChats() {
  if (loading) {
    again = true;
    return loading;
  }
  loading = (async () => {
    do {
      again = false;
      const { items } = await server.ask('GET', 'chats?limit=100');
      const before = chats;
      chats = new Map();
      for (const item of items) chats.set(item.id, merged(before.get(item.id), item));
      drawChats();
      await Promise.all([...chats.values()].map(learnPeople));
    } while (again);
  })().catch((error) => console.info(`chats: ${error.message}`)).finally(() => { loading = null; });
  return loading;
}

// Events that have come meanwhile may be newer than the answer.
function merged(before, item) {
  if (!before) return item;
  const newer = before.seq > item.seq ? { ...item, seq: before.seq,
    unread_count: before.unread_count, last_message: before.last_message } : item;
  return Object.assign(before, newer, { participants: item.participants ?? before.participants });
}

async function learnPeople(chat) {
  if (chat.participants || chat.participant_count > 200) return;
  const full = await server.ask('GET', `chats/${chat.id}`).catch(() => null);
  if (!full) return;
  chat.participants = full.participants ?? [];
  chat.role = full.role;
  for (const { user_id, display_name } of chat.participants) people.learn(user_id, display_name);
  soon(() => { drawChats(); view?.draw(); });
}

function nameOf(chat) {
  if (chat.name) return chat.name;
  const others = (chat.participants ?? []).filter(({ user_id }) => user_id !== server.user.id);
  return others.map(({ user_id }) => people.name(user_id)).join(', ') || 'Chat';
}

function noteEvent(event) {
  if (event.type === 'notification.new' && event.notification?.type === 'chat.joined') {
    loadChats();
    return;
  }
  const chat = chats.get(event.chat_id);
  if (!chat) return;
  const me = kith.userId;
  if (event.type === 'delivery.read' && event.user_id === me) {
    if (event.last_read_seq >= chat.seq) chat.unread_count = 0;
    else loadChats();
  } else if (event.type === 'participant.join' || event.type === 'participant.leave') {
    chat.participants = null;
    learnPeople(chat);
  } else if (event.type === 'message.new' && event.seq > chat.seq) {
    chat.last_message = { ...event, id: event.message_id };
    chat.activity = event.seq;
    const reading = view?.chat.id === chat.id && document.visibilityState === 'visible';
    if (event.sender_id !== me && !reading) chat.unread_count += 1;
    chats.delete(chat.id);
    chats = new Map([[chat.id, chat], ...chats]);
  } else if (chat.last_message?.id === event.message_id) {
    if (event.content) chat.last_message.content = event.content;
    if (event.type === 'message.delete') chat.last_message.content = { type: 'tombstone' };
  }
  if (event.seq > chat.seq) chat.seq = event.seq;
  soon(drawChats);
}

function drawChats() {
  const list = $('chats');
  const focused = document.activeElement?.closest?.('#chats button')?.dataset.id;
  let unread = 0;
  list.replaceChildren(...[...chats.values()].map((chat) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.id = chat.id;
    button.setAttribute('aria-current', String(view?.chat.id === chat.id));
    const last = chat.last_message;
    const by = !last ? '' : last.sender_id === server.user?.id ? 'You: '
      : `${people.name(last.sender_id)}: `;
    for (const [name, text] of [['name', nameOf(chat)],
      ['preview', last ? by + textOf(last.content) : ''],
      ['unread', chat.unread_count > 0 ? (chat.unread_count > 999 ? '999+' : chat.unread_count) : '']]) {
      const span = document.createElement('span');
      span.className = name;
      span.textContent = text;
      button.append(span);
    }
    if (chat.unread_count > 0) {
      button.querySelector('.unread').setAttribute('aria-label', `${chat.unread_count} unread`);
    }
    unread += chat.unread_count;
    button.addEventListener('click', () => openChat(chat.id));
    const item = document.createElement('li');
    item.append(button);
    return item;
  }));
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
  document.title = unread > 0 ? `(${unread}) kith` : 'kith';
  if (view) $('chat-name').textContent = nameOf(view.info);
}

function openChat(id) {
  const chat = chats.get(id);
  if (!chat) return;
  if (view?.chat.id !== id) {
    view?.close();
    view = new ChatView(kith, kith.chat(id), chat, people);
    view.onRead = () => soon(drawChats);
  }
  $('chat').hidden = false;
  $('add-person').hidden = chat.type !== 'group';
  show('chat');
  view.toEnd();
  drawChats();
  history.replaceState(null, '', `#${id}`);
  if (matchMedia('(hover: hover)').matches) $('text').focus();
}

function closeChat() {
  view?.close();
  view = null;
  $('chat').hidden = true;
  show('list');
  history.replaceState(null, '', ' ');
}
$('back').addEventListener('click', () => {
  closeChat();
  drawChats();
});

// --- beginning a chat, adding somebody ---

function askForPeople({ title, withName, begin }) {
  const form = $('dialog').querySelector('form');
  form.reset();
  $('dialog-title').textContent = title;
  $('dialog-name').hidden = !withName;
  $('dialog-error').textContent = '';
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== 'ok') return;
    event.preventDefault();
    const ids = form.elements.people.value.split(/[\s,]+/).filter(Boolean)
      .map((text) => text.match(/usr_[0-9A-Z]{26}/)?.[0] ?? text);
    try {
      if (ids.length === 0) throw new Error('Somebody is needed.');
      await begin(ids, form.elements.name.value.trim());
      $('dialog').close();
    } catch (error) {
      $('dialog-error').textContent = error.message;
    }
  };
  $('dialog').showModal();
}

async function begin(fields) {
  const chat = await server.ask('POST', 'chats', fields);
  chats = new Map([[chat.id, merged(chats.get(chat.id), chat)], ...chats]);
  await learnPeople(chat);
  openChat(chat.id);
}

$('new-chat').addEventListener('click', () => askForPeople({
  title: 'New chat', withName: true,
  begin: (ids, name) => begin(ids.length === 1 && name === ''
    ? { type: 'direct', participant_ids: ids }
    : { type: 'group', name: name || undefined, participant_ids: ids }),
}));
$('add-person').addEventListener('click', () => askForPeople({
  title: 'Add to the group', withName: false,
  begin: async (ids) => {
    for (const user_id of ids) {
      await server.ask('POST', `chats/${view.chat.id}/participants`, { user_id });
    }
  },
}));
$('copy-id').addEventListener('click', async () => {
  const link = new URL(`#${server.user.id}`, document.baseURI.replace(/#.*/, '')).href;
  await navigator.clipboard?.writeText(link).catch(() => {});
  $('copy-id').textContent = 'Copied';
});

// --- the beginning; `#chat_…` opens that chat, `#usr_…` one with that person ---

function start() {
  switchSign(false);
  if (server.login) enter();
  else leave();
}

async function followHash() {
  const target = location.hash.slice(1);
  if (target.startsWith('chat_')) {
    if (!chats.has(target)) await loadChats();
    openChat(target);
  } else if (target.startsWith('usr_') && target !== server.user.id) {
    await begin({ type: 'direct', participant_ids: [target] })
      .catch((error) => console.info(error.message));
  }
}
addEventListener('hashchange', () => { if (kith) followHash(); });

start();
