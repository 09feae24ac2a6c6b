// What the page keeps in the browser's storage besides the login: what one was writing in each chat,
// and, by kith.js, what is not sent yet. Both outlive reloads; a sign-out takes them away.

const DRAFT = 'kith:draft:';

/** What kith.js begins the keys of unsent messages with, before `:` and the user's id. */
export const UNSENT = 'kith';

function drop(prefix) {
  const own = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  for (const name of own) localStorage.removeItem(name);
}

export class Drafts {
  constructor(user) { Object.assign(this, { user, _prefix: `${DRAFT}${user}:` }); }
  get(chat) { return localStorage.getItem(this._prefix + chat) ?? ''; }
  set(chat, text) {
    try {
      if (text) localStorage.setItem(this._prefix + chat, text);
      else localStorage.removeItem(this._prefix + chat);
    } catch (error) {  // there is no room: it stays in its field
      console.info(`draft: ${error.message}`);
    }
  }
  /** And what is not sent: behind the end of the client, which would keep it again. */
  clear() {
    drop(this._prefix);
    drop(`${UNSENT}:${this.user}:`);
  }
}
