// The server over HTTP: who one is, and what is asked for once.
//
// A login is a tab's own, so that two tabs can be two people: the tab's storage names it, and with a
// duplicated tab it has two. What belongs to it lies in the storage that all tabs share, because a
// refresh token is good once: renewals of one login go one at a time over all tabs (Web Locks), and
// each begins by taking up what another has stored. An answer that is lost on the way is asked for
// again under the same Idempotency-Key, which the server knows for the same request. A tab says by a
// lock which login it has: one that no living tab has is taken up by the next new tab.

const TAB = 'kith:tab';       // of the tab: the login's id
const LOGIN = 'kith:login:';  // and the id, of all tabs: the login
const HELD = 'kith:held:';    // and the id: the lock of the tabs that have it
const LOGINS_MAX = 20;        // of tabs that were closed without a word, too
const AHEAD = 30000;          // a token that ends within so many ms is renewed first
const NOTICE = 90000;         // a socket is told a minute before the end of its own
const PATIENCE = 20000;       // ms for an answer

/** The browser lets this page keep nothing (site data is blocked): so no login either. */
export const storageIsBlocked = (() => {
  try {
    sessionStorage.getItem(TAB);
    localStorage.getItem(LOGIN);
    return false;
  } catch {
    return true;
  }
})();

export class Problem extends Error {
  constructor(status, body) {
    const fields = (body?.errors ?? []).map(({ field, message }) => `${field} ${message}`);
    super(fields.join('; ') || body?.detail || body?.title || `the server answers ${status}`);
    this.status = status;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;  // not of kithd: a proxy's page of its own
  }
}

async function send(method, path, { body, token, key } = {}) {
  const headers = {};
  if (body) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers['Idempotency-Key'] = key;
  const response = await fetch(new URL(path, document.baseURI), { method, headers,
    body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE) });
  const answer = parsed(await response.text());
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// One at a time over all tabs, where the browser can (it can not on plain http but at loopback):
// without, the Idempotency-Key, which the tabs have in common, makes one refresh of two.
function exclusively(name, run) {
  if (!navigator.locks) return run();
  return navigator.locks.request(name, { signal: AbortSignal.timeout(2 * PATIENCE) }, run);
}

function signedOut(error = new Error('signed out')) {
  return Object.assign(error, { fatal: true });
}

export class Server {
  constructor() {
    this.id = this.login = null;
    this.onSignedOut = () => {};  // ({user}), where the login has ended without a word of ours
    this._letGo = () => {};       // of the lock
    if (storageIsBlocked) return;
    this.id = sessionStorage.getItem(TAB);
    this._takeUp();
    if (this.login) this._hold();
    addEventListener('storage', ({ key }) => {
      if (this.login && (key === null || key === LOGIN + this.id)) this._follow();
    });
  }
  get user() { return this.login?.user ?? null; }

  status() { return send('GET', 'status'); }
  async signUp(fields) {
    await send('POST', 'users', { body: fields });
    return this.signIn(fields);
  }
  async signIn({ email, password }) {
    const answer = await send('POST', 'auth/login', { body: { email, password } });
    this.id = randomId();
    sessionStorage.setItem(TAB, this.id);
    this._keep(answer, { key: randomId(), renewals: 0 });
    this._hold();
    this._tidy();
  }
  /** Where this tab has no login: the newest of those whose tabs are closed, if there is one. */
  async takeUpLeft() {
    if (this.login || !navigator.locks) return;
    let held;
    try {
      ({ held } = await navigator.locks.query());
    } catch (error) {  // not to be known: then one signs in
      console.info(`locks: ${error.message}`);
      return;
    }
    const living = new Set(held.map(({ name }) => name));
    const left = storedLogins().find((id) => !living.has(HELD + id));
    if (!left) return;
    this.id = left;
    sessionStorage.setItem(TAB, left);
    this._takeUp();
    this._hold();
  }
  async signOut() {
    const token = this.login?.access_token;
    this._drop();
    if (token) await send('POST', 'auth/logout', { token }).catch(() => {});
  }

  // As connect() of kith.js wants it.
  async token({ reason } = {}) {
    if (!this.login) throw signedOut();
    const left = this.login.expires_at - Date.now();
    // Where the socket's is about to end, another tab may have fetched the next one already.
    const fresh = left > (reason === 'expiring' ? NOTICE : AHEAD);
    return fresh && reason !== 'expired' ? this.login.access_token : this._renew();
  }

  async ask(method, path, body) {
    const token = await this.token();
    try {
      return await send(method, path, { body, token });
    } catch (error) {
      if (error.status !== 401 || !this.login) throw error;
      return send(method, path, { body, token: await this._renew(token) });
    }
  }

  // In place of `stale`, which is of no use any more.
  _renew(stale = this.login.access_token) {
    this._renewing ??= exclusively(LOGIN + this.id, () => this._renewNow(stale))
      .finally(() => { this._renewing = null; });
    return this._renewing;
  }
  async _renewNow(stale) {
    this._follow();
    if (!this.login) throw signedOut();
    if (this.login.access_token !== stale) return this.login.access_token;
    const { refresh_token, key, renewals } = this.login;
    try {
      const answer = await send('POST', 'auth/refresh',
        { body: { refresh_token }, key: `${key}.${renewals}` });
      this._keep(answer, { key, renewals: renewals + 1 });
    } catch (error) {
      if (error.status !== 401) throw error;
      this._follow();  // without locks another tab may have been on its way
      if (!this.login) throw signedOut(error);
      if (this.login.refresh_token !== refresh_token) return this.login.access_token;
      this._end();
      throw signedOut(error);
    }
    return this.login.access_token;
  }

  _keep(answer, { key, renewals }) {
    const now = Date.now();
    const login = { ...answer, key, renewals, stored_at: now,
      expires_at: now + answer.expires_in * 1000 };
    const stored = parsed(localStorage.getItem(LOGIN + this.id));
    this.login = stored?.renewals > renewals ? stored : login;
    localStorage.setItem(LOGIN + this.id, JSON.stringify(this.login));
  }
  _hold() {
    this._letGo();
    navigator.locks?.request(HELD + this.id, { mode: 'shared' },
      () => new Promise((resolve) => { this._letGo = resolve; }));
  }
  _takeUp() {
    this.login = this.id ? parsed(localStorage.getItem(LOGIN + this.id)) : null;
  }
  // What another tab has made of the login: renewed it, or ended it.
  _follow() {
    const before = this.login;
    this._takeUp();
    if (before && !this.login) this._end(before);
  }
  _end({ user } = this.login ?? {}) {
    this._drop();
    this.onSignedOut({ user });
  }
  _drop() {
    if (this.id) localStorage.removeItem(LOGIN + this.id);
    sessionStorage.removeItem(TAB);
    this._letGo();
    this.login = this.id = null;
  }
  _tidy() {
    for (const id of storedLogins().slice(LOGINS_MAX)) localStorage.removeItem(LOGIN + id);
  }
}

// Their ids, the newest first.
function storedLogins() {
  const age = (id) => parsed(localStorage.getItem(LOGIN + id))?.stored_at ?? 0;
  return Object.keys(localStorage).filter((name) => name.startsWith(LOGIN))
    .map((name) => name.slice(LOGIN.length)).sort((a, b) => age(b) - age(a));
}
