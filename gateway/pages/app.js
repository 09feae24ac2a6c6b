// The page: who one is, one's chats with what is unread in them, and the state of the connection.
import { ChatList } from './chat_list.js';
import { ChatView, textOf } from './chat_view.js';
import { Connection } from './connection.js';
import { Drafts, UNSENT } from './kept.js';
import { Server, storageIsBlocked } from './server.js';

const $ = (id) => document.getElementById(id);
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
          if ([403, 404].includes(error.status)) this.learn(id, 'somebody');
          else this.known.delete(id);  // not known yet: asked again when it is drawn again
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
  $('blocked').hidden = part !== 'blocked';
  $('main').hidden = part === 'sign' || part === 'blocked';
}

/** A word to the person that no single chat is the place for; it stays until it is read. */
function tell(text) {
  $('notice').hidden = text === '';
  $('notice-text').textContent = text;
}
$('notice-close').addEventListener('click', () => tell(''));

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
  $('chats').replaceChildren();  // the next one's are others
  tell('');
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
function unsent() {
  return [...kith.channels.values()].flatMap(({ messages = [] }) => messages)
    .filter(({ state }) => state !== 'sent').length;
}
$('sign-out').addEventListener('click', () => {
  const count = unsent();
  const what = count === 1 ? 'A message is' : `${count} messages are`;
  if (count > 0 && !confirm(`${what} not sent yet. Sign out, and throw away what is not sent?`)) return;
  disconnect();  // else it would say that the login has ended
  drafts.clear();
  server.signOut();
  history.replaceState(null, '', ' ');
  leave();
});

function enter() {
  show('list');
  const { user } = server;
  people.known.set(user.id, user.display_name);
  $('me').textContent = user.display_name;
  $('my-id').textContent = user.id;
  drafts = new Drafts(user.id);
  list = new ChatList({ server, people, onChange: () => soon(drawChats),
    isOnline: () => ['live', 'catching up'].includes(kith?.state),
    isReading: (chat) => view?.chat.id === chat.id && document.visibilityState === 'visible' });
  connection = new Connection(server, { follow: ['chats'], client: 'page', storage: localStorage,
    storageKey: UNSENT }, use);
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
  on('subscribed', ({ channel, seq }) => {
    if (channel.startsWith('chat_')) list.followed(channel, seq);
  });
  on('unsubscribed', lost);
  on('reset', ({ channel }) => { if (list.get(channel)) list.fetch(channel); });
  drawState();
  if (open) openChat(open);
}

// A chat that is followed no more: the right to it has ended, or there are more chats than a socket
// may follow. Then the one that was quiet for longest gives its place to the one that is looked at.
function lost({ channel, code }) {
  const isOpen = view?.chat.id === channel;
  if (code === 'too_large') {
    if (isOpen) view.openAfter(makeRoom(channel));
    return;
  }
  if (code !== 'forbidden' && code !== 'not_found') return;
  if (isOpen) {
    tell(`You are no longer in “${list.nameOf(view.info)}”.`);
    closeChat();
  }
  list.remove(channel);
}

async function makeRoom(wanted) {
  const followed = [...kith.channels.keys()].filter((id) => id.startsWith('chat_') &&
    id !== wanted && kith.channels.get(id).live);
  const listed = [...list.all.keys()];  // the newest first; what is not listed is older still
  const quiet = followed.find((id) => !list.get(id)) ??
    listed.findLast((id) => followed.includes(id));
  if (!quiet) throw new Error('there are too many chats to follow this one');
  await kith.unsubscribe(quiet);
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
    const seconds = Math.max(1, Math.ceil((kith.retryAt - Date.now()) / 1000));
    $('state-seconds').textContent = kith.retryAt ? `, again in ${seconds} s` : '';
  };
  // Said aloud, so without the seconds, and only where it is another.
  const text = {
    live: 'Live', connecting: 'Connecting …', 'catching up': 'Catching up …',
    offline: kith.error ? `Offline: ${kith.error.message}` : 'Offline',
  }[kith.state];
  if ($('state-text').textContent !== text) $('state-text').textContent = text;
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
  $('chats-failed').hidden = !list.failed;
  $('no-chats').hidden = list.failed || !list.loaded || list.all.size > 0;
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
$('chats-again').addEventListener('click', () => list?.load());
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
  tell('');
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
    if ($('dialog-ok').disabled) return;
    const ids = form.elements.people.value.split(/[\s,]+/).filter(Boolean)
      .map((text) => text.match(/usr_[0-9A-Z]{26}/)?.[0] ?? text);
    $('dialog-error').textContent = '';
    $('dialog-ok').disabled = true;  // twice would make two groups
    try {
      if (ids.length === 0) throw new Error('Somebody is needed.');
      await then(ids, form.elements.name.value.trim());
      $('dialog').close();
    } catch (error) {
      $('dialog-error').textContent = error.message;
    } finally {
      $('dialog-ok').disabled = false;
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

async function start() {
  if (storageIsBlocked) return show('blocked');
  switchSign(false);
  await server.takeUpLeft();
  if (server.login) enter();
  else leave();
}

async function followHash() {
  const target = location.hash.slice(1);
  if (target.startsWith('chat_')) {
    if (list.get(target) || await list.fetch(target, { toTop: true })) openChat(target);
  } else if (target.startsWith('usr_') && target !== server.user.id) {
    await beginChat({ type: 'direct', participant_ids: [target] })
      .catch((error) => tell(`The invitation does not work: ${error.message}`));
  } else if (view) {
    closeChat();
  }
}
addEventListener('popstate', () => { if (kith) followHash(); });

start();
