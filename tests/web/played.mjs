// A server whose every word the test decides, and clients of it. What was opened ends with each test.
import { once } from 'node:events';
import { afterEach } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { connect } from '../../gateway/pages/kith/kith.js';
import { until } from './kithd.mjs';

export const ME = 'usr_00000000000000000000000001';
export const OTHER = 'usr_00000000000000000000000002';
export const CHAT = 'chat_00000000000000000000000001';

export const closing = [];
afterEach(() => { for (const close of closing.splice(0)) close(); });

// A server whose every word the test decides; `frames` are those that have come.
export class Played {
  static async start() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const played = new Played();
    Object.assign(played, { server, sockets: [], frames: [], epoch: 'E1', answers: {} });
    server.on('connection', (socket) => {
      played.sockets.push(socket);
      socket.on('message', (data) => {
        for (const line of String(data).split('\n')) played._take(JSON.parse(line));
      });
    });
    closing.push(() => { for (const socket of server.clients) socket.terminate(); server.close(); });
    return played;
  }
  get url() { return `ws://127.0.0.1:${this.server.address().port}/ws`; }
  get socket() { return this.sockets.at(-1); }
  say(...frames) { this.socket.send(frames.map((frame) => JSON.stringify(frame)).join('\n')); }
  of(type) { return this.frames.filter((frame) => frame.type === type); }
  async next(type, count = 1) {
    await until(() => this.of(type).length >= count, () => `${count} ${type}, has ` +
      JSON.stringify(this.frames));
    return this.of(type)[count - 1];
  }
  _take(frame) {
    this.frames.push(frame);
    if (frame.type === 'connection.init' && this.answers.init !== null) {
      this.say({ type: 'connection.ready', session_id: 'ses_1', user_id: ME, epoch: this.epoch,
        limits: { frame_bytes: 2000 } });
      this.say({ type: 'subscribed', channel: ME, seq: 0, recovered: Boolean(frame.resume) });
    }
    this.answers[frame.type]?.(frame);
  }
}

export function client(played, options = {}) {
  const kith = connect({ url: played.url, token: 'token', WebSocket, backoffBase: 1, backoffMax: 5,
    ...options });
  closing.push(() => kith.close());
  const events = [];
  kith.on('event', (event) => { if (event.seq) events.push(event.seq); });
  return { kith, events };
}

export const message = (seq, more = {}) => ({ type: 'message.new', chat_id: CHAT, seq, sender_id: OTHER,
  message_id: `msg_${seq}`, client_message_id: `c${seq}`, content: { type: 'text', text: `${seq}` },
  sent_at: '2026-01-01T00:00:00.000Z', ...more });

// A chat that is live at 10 with an empty page of history.
export async function opened(played, options) {
  played.answers.subscribe = (frame) => played.say({ type: 'subscribed', id: frame.id,
    channel: frame.channel, seq: frame.after_seq ?? 10, recovered: 'after_seq' in frame });
  played.answers.history = (frame) => played.say({ type: 'history', id: frame.id, chat_id: CHAT,
    seq: 10, messages: [], next_before_seq: null });
  const made = client(played, options);
  const chat = await made.kith.chat(CHAT).open();
  return { ...made, chat };
}

// A localStorage of the tests' own.
export function storageOf(kept = new Map()) {
  return {
    kept,
    get length() { return kept.size; }, key: (i) => [...kept.keys()][i] ?? null,
    getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value),
    removeItem: (name) => kept.delete(name),
  };
}

// A token by which kith.js knows whose unsent messages are its own.
export function tokenOf(user, more = {}) {
  const payload = Buffer.from(JSON.stringify({ sub: user, ...more })).toString('base64url');
  return `head.${payload}.signature`;
}
