// A kithd of the tests' own: a fresh directory, a free port, and it comes back at the same one.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

const program = process.env.KITH_KITHD ?? new URL('../../build/kithd', import.meta.url).pathname;

async function run(args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (data) => { text += data; });
  child.stderr.on('data', (data) => { text += data; });
  const [code] = await once(child, 'close');
  return { code, text };
}
export { run as runKithd };

export class Kithd {
  constructor({ settings = [], flags = [] } = {}) {
    this.directory = mkdtempSync(join(tmpdir(), 'kith-web-'));
    this.data = join(this.directory, 'data');
    this.arguments = [...flags, ...['log.level=info', 'shards=2', ...settings]
      .flatMap((setting) => ['--set', setting])];
    this.port = 0;
    this.log = '';
  }

  /** Users, tokens for a day, and rooms of `members` each. */
  async seed(users, members) {
    const out = join(this.directory, 'seed.json');
    const { code, text } = await run(['seed', '--data', this.data, '--users', String(users),
      '--rooms', String(Math.floor(users / members)), '--members', String(members), '--out', out]);
    if (code !== 0) throw new Error(text);
    return JSON.parse(readFileSync(out, 'utf8'));
  }
  async grant(user, role) {
    const { code, text } = await run(['grant', '--data', this.data, '--user', user, '--role', role]);
    if (code !== 0) throw new Error(text);
  }

  async start() {
    const child = this.child = spawn(program, ['--data', this.data,
      '--listen', `127.0.0.1:${this.port}`, ...this.arguments], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.port = await new Promise((resolve, reject) => {
      let seen = '';
      const read = (data) => {
        seen += data;
        this.log += data;
        const found = seen.match(/"event":"server.listening".*?"url":"http:\/\/[^"]*:(\d+)\/"/);
        if (found) resolve(Number(found[1]));
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.on('close', (code, signal) =>
        reject(new Error(`kithd ended with ${code ?? signal}:\n${seen}`)));
    });
    return this;
  }
  get origin() { return `http://127.0.0.1:${this.port}`; }

  async stop(signal = 'SIGKILL') {
    const { child } = this;
    if (!child) return null;
    this.child = null;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    const [code] = await once(child, 'close');
    return code;
  }
  /** kill -9, and a start at the same port. */
  async crash(whileDown = async () => {}) {
    await this.stop('SIGKILL');
    await whileDown();
    await this.start();
  }
  async remove() {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async ask(method, path, { token, body } = {}) {
    const response = await this._fetch(path, {
      method,
      headers: { ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, headers: response.headers,
      body: type.includes('json') ? JSON.parse(text) : text };
  }
  // While it is down, or as it goes, nothing answers: asked again until it is back.
  async _fetch(path, options) {
    for (let attempt = 0; ; ++attempt) {
      try {
        return await fetch(`${this.origin}${path}`, options);
      } catch (error) {
        if (attempt === 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  async login(email, password) {
    const { status, body } = await this.ask('POST', '/auth/login', { body: { email, password } });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }
  /** All messages of the chat as the server has them, the oldest first. */
  async messages(chat, token) {
    const all = [];
    let before = null;
    do {
      const query = before ? `&before=${encodeURIComponent(before)}` : '';
      const { body } = await this.ask('GET', `/chats/${chat}/messages?limit=200${query}`, { token });
      all.unshift(...body.messages.reverse());
      before = body.paging.next_before;
    } while (before);
    return all;
  }
}

/** Waits until `condition` gives something truthy; it is asked again and again. */
export async function until(condition, what, timeout = 60000) {
  const deadline = Date.now() + timeout;
  while (true) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) {
      throw new Error(`never came: ${typeof what === 'function' ? what() : what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** mulberry32: the same numbers for the same seed. */
export class Random {
  constructor(seed) { this.state = seed >>> 0; }
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(limit) { return Math.floor(this.next() * limit); }
  chance(part) { return this.next() < part; }
  pick(list) { return list[this.below(list.length)]; }
}
