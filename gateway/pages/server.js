// The server over HTTP: who one is, and what is asked for once. The login is this tab's own, so that
// two tabs can be two people; it outlives a reload.

const KEY = 'kith:login';
const AHEAD = 30000;  // a token that ends within so many ms is renewed first

export class Problem extends Error {
  constructor(status, body) {
    const fields = (body?.errors ?? []).map(({ field, message }) => `${field} ${message}`);
    super(fields.join('; ') || body?.detail || body?.title || `the server answers ${status}`);
    this.status = status;
  }
}

async function send(method, path, { body, token } = {}) {
  const headers = {};
  if (body) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(new URL(path, document.baseURI),
    { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}

export class Server {
  constructor() {
    this.login = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    this.onSignedOut = () => {};
  }
  get user() { return this.login?.user ?? null; }

  status() { return send('GET', 'status'); }
  async signUp(fields) {
    await send('POST', 'users', { body: fields });
    return this.signIn(fields);
  }
  async signIn({ email, password }) {
    this._keep(await send('POST', 'auth/login', { body: { email, password } }));
  }
  async signOut() {
    const token = this.login?.access_token;
    this._drop();
    if (token) await send('POST', 'auth/logout', { token }).catch(() => {});
  }

  // As connect() of kith.js wants it.
  async token({ reason } = {}) {
    if (!this.login) throw Object.assign(new Error('signed out'), { fatal: true });
    const fresh = this.login.expires_at - Date.now() > AHEAD;
    if (fresh && reason !== 'expiring' && reason !== 'expired') return this.login.access_token;
    return this._renew();
  }

  // A refresh token is good once: who comes meanwhile waits for the same answer.
  _renew() {
    this._renewing ??= this._refresh().finally(() => { this._renewing = null; });
    return this._renewing;
  }
  async _refresh() {
    const { refresh_token } = this.login;
    try {
      this._keep(await send('POST', 'auth/refresh', { body: { refresh_token } }));
    } catch (error) {
      if (error.status !== 401) throw error;
      this._drop();
      this.onSignedOut();
      throw Object.assign(error, { fatal: true });
    }
    return this.login.access_token;
  }

  async ask(method, path, body) {
    try {
      return await send(method, path, { body, token: await this.token() });
    } catch (error) {
      if (error.status !== 401 || !this.login) throw error;
      return send(method, path, { body, token: await this._renew() });
    }
  }

  _keep(login) {
    this.login = { ...login, expires_at: Date.now() + login.expires_in * 1000 };
    sessionStorage.setItem(KEY, JSON.stringify(this.login));
  }
  _drop() {
    this.login = null;
    sessionStorage.removeItem(KEY);
  }
}
