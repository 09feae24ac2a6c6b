// The page: who one is, one's chats with what is unread in them, and the state of the connection.
import { ChatList } from './chat_list.js';
import { ChatView, textOf } from './chat_view.js';
import { Connection } from './connection.js';
import { Server } from './server.js';

const $ = (id) => document.getElementById(id);
const DRAFT = 'kith:draft:';
const DEMO_PASSWORD = 'kith-demo-password';  // of `kithd --demo`, on loopback alone

const server = new Server();
let connection = null;
let kith = null;      // its client
let view = null;
let list = null;      // of one's chats
let drafts = null;
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
        .catch((error) => {
          if (error.status) this.learn(id, 'somebody');
          else this.known.delete(id);  // nobody has answered: asked again when it is drawn again
        });
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

// Back to the form. Who did not ask for it finds it filled in, and what they wrote where it was.
function leave({ user } = {}) {
  disconnect();
  list?.close();
  clearInterval(counting);
  switchSign(false);
  list = null;
  document.title = 'kith';
  const notice = $('sign-notice');
  notice.hidden = !user;
  notice.textContent = user ? 'You have been signed out. Sign in again, and what you have written ' +
    'and not sent yet goes on its way.' : '';
  show('sign');
  const { email, password } = $('sign-form').elements;
  if (user) {
    email.value = user.email ?? '';
    (email.value ? password : email).focus();
  }
  askAboutDemo();
}

async function askAboutDemo() {
  const status = await server.status().catch(() => null);
  $('demo').hidden = !status?.demo;
}

server.onSignedOut = leave;
$('sign-out').addEventListener('click', () => {
  disconnect();  // else it would say that the login has ended
  drafts.clear();
  server.signOut();
  history.replaceState(null, '', ' ');
  leave();
});

// What one was writing in each chat, also over reloads; a sign-out takes it away.
class Drafts {
  constructor(user) { this._prefix = `${DRAFT}${user}:`; }
  get(chat) { return localStorage.getItem(this._prefix + chat) ?? ''; }
  set(chat, text) {
    try {
      if (text) localStorage.setItem(this._prefix + chat, text);
      else localStorage.removeItem(this._prefix + chat);
    } catch (error) {  // there is no room: it stays in its field
      console.info(`draft: ${error.message}`);
    }
  }
  clear() {
    const own = Object.keys(localStorage).filter((name) => name.startsWith(this._prefix));
    for (const name of own) localStorage.removeItem(name);
  }
}

function enter() {
  show('list');
  const { user } = server;
  people.known.set(user.id, user.display_name);
  $('me').textContent = user.display_name;
  $('my-id').textContent = user.id;
  drafts = new Drafts(user.id);
  list = new ChatList({ server, people, onChange: () => soon(drawChats),
    isReading: (chat) => view?.chat.id === chat.id && document.visibilityState === 'visible' });
  connection = new Connection(server, { follow: ['chats'], client: 'page', storage: localStorage },
    use);
  followHash();
}

// Also in place of one that has ended: then the chat that was open is opened with the new one.
function use(client) {
  const open = view?.chat.id;
  view?.close();
  view = null;
  kith = client;
  const on = (name, run) => kith.on(name, (...values) => { if (kith === client) run(...values); });
  on('state', drawState);
  on('ready', () => {
    list.load();
    if (!view) followHash();  // where it was not to be had before
  });
  on('event', (event) => list.note(event));
  on('unsubscribed', ({ channel }) => {
    if (view?.chat.id === channel) closeChat();
    list.remove(channel);
  });
  on('reset', ({ channel }) => { if (list.get(channel)) list.fetch(channel); });
  drawState();
  if (open) openChat(open);
}

function disconnect() {
  view?.close();
  connection?.close();
  view = kith = connection = null;
  $('chat').hidden = true;
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
  $('state-retry').hidden = kith.state !== 'offline';
  draw();
  if (kith.retryAt) counting = setInterval(draw, 500);
}
$('state-retry').addEventListener('click', () => connection?.retry());

// --- the list of chats ---

function drawChats() {
  if (!list) return;
  const shown = $('chats');
  const focused = document.activeElement?.closest?.('#chats button')?.dataset.id;
  let unread = 0;
  shown.replaceChildren(...[...list.all.values()].map((chat) => {
    unread += chat.unread_count;
    const item = document.createElement('li');
    item.append(chatButton(chat));
    return item;
  }));
  if (focused) shown.querySelector(`[data-id="${focused}"]`)?.focus({ preventScroll: true });
  $('more-chats').hidden = !list.hasMore;
  seesMore.unobserve($('more-chats'));  // which tells anew whether it is in sight
  if (list.hasMore) seesMore.observe($('more-chats'));
  document.title = unread > 0 ? `(${unread}) kith` : 'kith';
  if (view) $('chat-name').textContent = list.nameOf(view.info);
}

function chatButton(chat) {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.id = chat.id;
  button.setAttribute('aria-current', String(view?.chat.id === chat.id));
  const last = chat.last_message;
  const by = !last ? '' : last.sender_id === server.user?.id ? 'You: '
    : `${people.name(last.sender_id)}: `;
  for (const [name, text] of [['name', list.nameOf(chat)],
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
  button.addEventListener('click', () => openChat(chat.id));
  return button;
}

$('more-chats').addEventListener('click', () => list?.more());
const seesMore = new IntersectionObserver((entries) => {
  if (entries.some(({ isIntersecting }) => isIntersecting)) list?.more();
});

// On a phone the way back from a chat is the browser's own, so each opened from the list is a step
// of its history.
function openChat(id) {
  const chat = list?.get(id);
  if (!chat) return;
  const fromList = !view;
  if (view?.chat.id !== id) {
    view?.close();
    view = new ChatView({ kith, chat: kith.chat(id), info: chat, people, drafts });
    view.onRead = () => soon(drawChats);
    list.learnPeople(chat).then(() => view?.draw());
  }
  $('chat').hidden = false;
  $('add-person').hidden = chat.type !== 'group';
  show('chat');
  view.toEnd();
  drawChats();
  if (location.hash !== `#${id}`) {
    history[fromList ? 'pushState' : 'replaceState']({ chat: id }, '', `#${id}`);
  }
  if (matchMedia('(hover: hover)').matches) $('text').focus();
}

function closeChat() {
  view?.close();
  view = null;
  $('chat').hidden = true;
  show('list');
  if (location.hash) history.replaceState(null, '', ' ');
  drawChats();
}
$('back').addEventListener('click', () => {
  if (history.state?.chat) history.back();
  else closeChat();
});

// --- beginning a chat, adding somebody ---

function askForPeople({ title, ok, withName, then }) {
  const form = $('dialog').querySelector('form');
  form.reset();
  $('dialog-title').textContent = title;
  $('dialog-ok').textContent = ok;
  $('dialog-name').hidden = !withName;
  $('copy-id').textContent = 'Copy a link';
  $('dialog-error').textContent = '';
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== 'ok') return;
    event.preventDefault();
    const ids = form.elements.people.value.split(/[\s,]+/).filter(Boolean)
      .map((text) => text.match(/usr_[0-9A-Z]{26}/)?.[0] ?? text);
    try {
      if (ids.length === 0) throw new Error('Somebody is needed.');
      await then(ids, form.elements.name.value.trim());
      $('dialog').close();
    } catch (error) {
      $('dialog-error').textContent = error.message;
    }
  };
  $('dialog').showModal();
}

async function beginChat(fields) {
  const { id } = await server.ask('POST', 'chats', fields);
  if (await list?.fetch(id, { toTop: true })) openChat(id);
}

$('new-chat').addEventListener('click', () => askForPeople({
  title: 'New chat', ok: 'Begin', withName: true,
  then: (ids, name) => beginChat(ids.length === 1 && name === ''
    ? { type: 'direct', participant_ids: ids }
    : { type: 'group', name: name || undefined, participant_ids: ids }),
}));
$('add-person').addEventListener('click', () => askForPeople({
  title: 'Add to the group', ok: 'Add', withName: false,
  then: async (ids) => {
    for (const user_id of ids) {
      await server.ask('POST', `chats/${view.chat.id}/participants`, { user_id });
    }
  },
}));
$('copy-id').addEventListener('click', async () => {
  const link = new URL(`#${server.user.id}`, document.baseURI.replace(/#.*/, '')).href;
  try {
    await navigator.clipboard.writeText(link);
    $('copy-id').textContent = 'Copied';
  } catch {  // a browser hands it to pages that came by https alone
    getSelection().selectAllChildren($('my-id'));
    $('copy-id').textContent = 'Selected: copy it';
  }
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
    if (list.get(target) || await list.fetch(target, { toTop: true })) openChat(target);
  } else if (target.startsWith('usr_') && target !== server.user.id) {
    await beginChat({ type: 'direct', participant_ids: [target] })
      .catch((error) => console.info(error.message));
  } else if (view) {
    closeChat();
  }
}
addEventListener('popstate', () => { if (kith) followHash(); });

start();
