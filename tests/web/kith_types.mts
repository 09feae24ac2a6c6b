// Uses every member of kith.d.ts: compiled by kith_js_package.test.mjs, and never run.
import {
  connect, uuidv7, KithError, type Ack, type Channel, type Chat, type ConsoleStats, type Content,
  type ErrorCode, type Events, type HistoryPage, type KeptStorage, type Kith, type Limits,
  type Message, type Options, type Reaction, type State, type WireEvent,
} from '../../gateway/pages/kith/kith.js';

const kept = new Map<string, string>();
const storage: KeptStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => { kept.set(name, value); },
  removeItem: (name) => { kept.delete(name); },
  key: (index) => [...kept.keys()][index] ?? null,
  get length() { return kept.size; },
};
const options: Required<Options> = {
  url: 'https://chat.example', token: async ({ reason }) => {
    const why: 'connect' | 'expiring' | 'expired' = reason;
    return why;
  },
  follow: ['chats', 'clubs', 'events'], client: 'types', storage, storageKey: 'kith',
  WebSocket: null, backoffBase: 1, backoffMax: 1, answerTimeout: 1, idleTimeout: 1, pingTimeout: 1,
  historyLimit: 1, keep: 1, iteratorMax: 1,
};
const kith: Kith = connect(options);
connect({ token: 'a string will do' });
// @ts-expect-error: there is no client without a token
connect({});

const error = new KithError('closed', 'why', { close: 4500 });
const code: ErrorCode = error.code;
const numbers: (number | undefined)[] = [error.retry_after_ms, error.close];
const words: (string | undefined)[] = [code, error.channel, error.message];
const cause: unknown = error.cause;

async function everything(): Promise<void> {
  const state: State = kith.state;
  const final: KithError | null = kith.error;
  const when: number | null = kith.retryAt;
  const names: (string | null)[] = [kith.userId, kith.sessionId, kith.epoch, uuidv7()];
  const limits: Limits | null = kith.limits;
  const most: number[] = limits
    ? [limits.frame_bytes, limits.channels, limits.messages_per_minute] : [];
  const all: Map<string, Channel | Chat> = kith.channels;

  const listeners: Partial<Events> = { error: (what) => words.push(what.code) };
  const off: () => void = kith.on('state', (now: State, before: State) => words.push(now, before));
  off();
  kith.on('ready', (frame: WireEvent) => words.push(frame.type));
  kith.on('change', (chat: Chat) => words.push(chat.id));
  kith.on('typing', (chat: Chat) => words.push(...chat.typing));
  kith.on('reset', ({ channel, gap }) => numbers.push(channel.length, gap?.from, gap?.to));
  kith.on('subscribed', ({ channel, recovered, seq }) => words.push(channel, `${recovered}${seq}`));
  kith.on('unsubscribed', (what) => words.push(what.channel, what.code));
  kith.on('failed', (message: Message) => words.push(message.error?.code));
  kith.on('error', (what: KithError) => words.push(what.code));
  kith.on('event', (event, channel) => words.push(event.type, channel?.id, event.chat_id,
    event.channel, `${event.seq}`, event.anything));
  kith.on('console.stats', (stats: ConsoleStats) => numbers.push(stats.totals.deliveries,
    stats.latency_bounds_ms[0], stats.sessions.live, stats.slowest[0]?.queued_bytes));
  kith.on('message.new', (event) => words.push(event.type));

  const chat: Chat = await kith.chat('chat_1').open({ presence: true, limit: 10 });
  const more: boolean = await chat.older(5);
  const sent: Message = chat.send({ type: 'text', text: 'x' }, { replyTo: 'msg_1' });
  const content: Content = sent.content;
  const reaction: Reaction | undefined = sent.reactions[0];
  words.push(sent.chat_id, sent.message_id, sent.client_message_id, sent.state, sent.sent_at,
    content.attachments?.[0]?.media_id, reaction?.emoji, sent.reply_to);
  const committed: Message | undefined = await sent.sent;
  chat.retry(sent);
  const gone: boolean = chat.discard(sent);
  const ack: Ack = await chat.edit('msg_1', 'y');
  numbers.push(ack.seq);
  await chat.delete('msg_1', 'why');
  await chat.react('msg_1', '☕');
  await chat.unreact('msg_1', '☕');
  await chat.moderate('mute', { user_id: 'usr_1', reason: 'x', until: '2026-01-01T00:00:00Z' });
  chat.keystroke();
  chat.stopTyping();
  chat.markRead();
  words.push(...chat.readBy(sent), chat.find('msg_1')?.message_id);
  const [first]: Message[] = chat.messages;
  const flags: boolean[] = [chat.loaded, chat.complete, chat.live, more, gone];
  numbers.push(chat.receipts.get('usr_1'), chat.position ?? undefined, chat.presence.count);

  const channel: Channel = await kith.subscribe('event_1', { presence: true });
  await channel.whenLive();
  words.push(...channel.presence.users);
  await kith.unsubscribe(channel.id);
  const here: { count: number; users: string[] } = await kith.presence(channel.id);
  const page: HistoryPage = await kith.request('history', { chat_id: 'chat_1', before_seq: 5 });
  numbers.push(page.next_before_seq ?? undefined, page.messages[0]?.read_count, here.count);
  const watching: Ack = await kith.request('console', { watch: true });
  const pong: WireEvent = await kith.request('ping');
  for await (const event of kith) words.push(event.type);
  kith.reconnect();
  kith.close();
  void [state, final, when, names, most, all, listeners, committed, first, flags, watching, pong,
    cause];
}
void everything;
