// Types of kith.js. What is not here is not to be relied on.

export type State = 'connecting' | 'live' | 'catching up' | 'offline';
export type ErrorCode =
  | 'bad_request' | 'unknown_type' | 'unauthorized' | 'forbidden' | 'not_found' | 'conflict'
  | 'too_large' | 'rate_limited' | 'unavailable' | 'internal'
  /** Of the client itself. */
  | 'disconnected' | 'closed' | 'too_slow' | 'storage' | 'connect';

export class KithError extends Error {
  constructor(code: ErrorCode, message?: string, details?: object);
  code: ErrorCode;
  retry_after_ms?: number;
  channel?: string;
  /** The WebSocket's close code, where the server said not to come back. */
  close?: number;
  /** What `token` threw, or the socket's own error, where there is one. */
  cause?: unknown;
}

/** What unsent messages are kept in: `localStorage`, or anything with these five. */
export interface KeptStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
  key(index: number): string | null;
  readonly length: number;
}

export interface Options {
  /** The server: `https://…`, `wss://…/ws`; in a page, without it, where the page came from. */
  url?: string;
  /**
   * An access token, or what fetches one: asked at each connection (`connect`), when the present
   * one is about to expire (`expiring`), and when it is of no use any more (`expired`: its `exp` is
   * past, or the server has said so): bring a new one for these two. It is asked one question at a
   * time, each for `answerTimeout` at most. What it throws is told as `error` (code `connect`) and
   * tried again later, unless it has `fatal: true`: that is the end (`unauthorized`).
   */
  token: string | ((why: { reason: 'connect' | 'expiring' | 'expired' }) => string | Promise<string>);
  /** What to subscribe to without naming it: also what is joined later. */
  follow?: ('chats' | 'clubs' | 'events')[];
  /** A word about the client, for the server's log. */
  client?: string;
  /** Keeps unsent messages over reloads, e.g. `localStorage`. */
  storage?: KeptStorage;
  /** What its keys begin with, before `:` and the user's id; `kith` without it. */
  storageKey?: string;
  /** Where the platform has none (Node before 22): that of the package `ws`. */
  WebSocket?: unknown;
  /** Full jitter: a wait is uniform between 0 and a ceiling that doubles from base to max (ms). */
  backoffBase?: number;
  backoffMax?: number;
  /** ms without an answer that is due until the connection counts as dead. */
  answerTimeout?: number;
  /** ms of silence until the client pings; sooner while an answer is due. */
  idleTimeout?: number;
  /** ms of silence behind a ping until the connection counts as dead. */
  pingTimeout?: number;
  /** Messages a page of history holds, 1 to 200. */
  historyLimit?: number;
  /**
   * Messages that a chat holds, 1,000 without it; the oldest go as new ones come, and older() brings
   * them back. Once it was asked, that chat drops none.
   */
  keep?: number;
  /** Events that a `for await` may be behind until it is ended with `too_slow`. */
  iteratorMax?: number;
}

export interface Content {
  type: string;
  text?: string;
  attachments?: { media_id: string; type?: string; metadata?: object }[];
}
export interface Reaction {
  emoji: string;
  count: number;
  me: boolean;
}
export interface Message {
  chat_id: string;
  /** Absent until it is sent. */
  message_id?: string;
  seq?: number;
  client_message_id: string;
  sender_id: string | null;
  content: Content;
  reply_to?: string;
  sent_at: string;
  edited_at?: string | null;
  deleted_at?: string | null;
  reactions: Reaction[];
  /** `sent` is committed; `failed` has an `error`, and can be retried or discarded. */
  state: 'sending' | 'sent' | 'failed';
  error?: KithError;
  /**
   * Of send(): resolves once it is committed, rejects where it failed, or with `closed` where the
   * client was closed before it was known: with a storage it is sent again with the next one.
   */
  readonly sent?: Promise<Message>;
}

/** An event as the wire has it; durable ones carry `seq`. */
export interface WireEvent {
  type: string;
  chat_id?: string;
  channel?: string;
  seq?: number;
  [member: string]: any;
}
export interface Ack {
  type: 'ack';
  chat_id?: string;
  message_id?: string;
  seq?: number;
  duplicate?: boolean;
}

/**
 * `request('history', { chat_id, before_seq?, after_seq?, limit? })`, for who keeps messages of their
 * own; open() and older() do this for `chat.messages`. It stands in the stream: `seq` is the chat's
 * head as of the same moment, so events up to it are in what the messages say (their edits,
 * reactions, deletions), and later ones still apply to them.
 */
export interface HistoryPage {
  type: 'history';
  chat_id: string;
  seq: number;
  /** Ascending by seq; fewer than asked for where they are long (256 KiB). */
  messages: (Omit<Message, 'state' | 'error' | 'sent'> & { read_count: number })[];
  /** For the page before; null at the beginning of the chat. */
  next_before_seq: number | null;
  /** Where `after_seq` was given: for the page behind. */
  next_after_seq?: number | null;
}

/**
 * The event `console.stats`, once a second behind `request('console', { watch: true })` by an admin
 * (others: `forbidden`), until `{ watch: false }` or the end of the connection: ask again at `ready`.
 * Of one node, and a second old at most.
 */
export interface ConsoleStats {
  type: 'console.stats';
  at: string;
  /** Names the process; for `POST /console/drain`. */
  node: string;
  build: string;
  uptime_seconds: number;
  shards: number;
  draining: boolean;
  sessions: { waiting: number; live: number; lagging: number };
  channels: number;
  subscriptions: number;
  queued_bytes: number;
  connections: number;
  /** Counters since the start: rates are differences. */
  totals: Record<string, number>;
  /** Upper bounds of the buckets of the latencies, which have one more: all above. */
  latency_bounds_ms: number[];
  /** Counts per bucket since the start. */
  ack_latency: number[];
  delivery_latency: number[];
  storage: { healthy: boolean; commits: number; messages: number; queued_jobs: number };
  bus_healthy: boolean;
  memory_bytes: number;
  /** Up to 8 sessions that take what is written for them most slowly. */
  slowest: { user_id: string; session_id: string; queued_bytes: number; channels: number;
    lagging: boolean }[];
}

export interface Channel {
  readonly id: string;
  /** The last seq of the stream that was handed out. */
  readonly position: number | null;
  readonly live: boolean;
  readonly presence: { count: number; users: Set<string> };
  whenLive(): Promise<this>;
}

export interface Chat extends Channel {
  /**
   * By seq, then one's own that are under way. The messages keep their objects. Before open() only
   * one's own are here; of a chat that is not followed, only those that are under way.
   */
  readonly messages: Message[];
  readonly loaded: boolean;
  readonly complete: boolean;
  readonly typing: string[];
  readonly receipts: Map<string, number>;
  find(messageId: string): Message | null;
  /** Follows the chat and loads its newest page. */
  open(options?: { presence?: boolean; limit?: number }): Promise<this>;
  /** The page before what is loaded; false where there is none. */
  older(limit?: number): Promise<boolean>;
  send(content: string | Content, options?: { replyTo?: string }): Message;
  retry(message: Message): Message;
  discard(message: Message): boolean;
  edit(messageId: string, content: string | Content): Promise<Ack>;
  delete(messageId: string, reason?: string): Promise<Ack>;
  react(messageId: string, emoji: string): Promise<Ack>;
  unreact(messageId: string, emoji: string): Promise<Ack>;
  moderate(
    action: 'hide' | 'restore' | 'mute' | 'unmute' | 'ban' | 'unban',
    fields: { message_id?: string; user_id?: string; reason?: string; until?: string },
  ): Promise<Ack>;
  /** At every key; throttles itself, and stops by itself. */
  keystroke(): void;
  stopTyping(): void;
  markRead(message?: Message): void;
  readBy(message: Message): string[];
}

export interface Events {
  state: (state: State, before: State) => void;
  ready: (frame: WireEvent) => void;
  /** Something of the chat has changed: draw it anew. */
  change: (chat: Chat) => void;
  typing: (chat: Chat) => void;
  /** More was missed than the server replays: what was cached has been dropped. */
  reset: (what: { channel: string; gap: { from: number; to: number } | null }) => void;
  /**
   * Events come from behind `seq` on. The channels of `follow` come to it one by one, the last of
   * many long after the state is `live`: what HTTP has told of one may be older than `seq`.
   */
  subscribed: (what: { channel: string; recovered: boolean; seq: number }) => void;
  /** The right to the channel has ended. */
  unsubscribed: (what: { channel: string; code: string }) => void;
  failed: (message: Message) => void;
  /** `connect`: no token, or no socket; it goes on trying. `storage`: a message is not kept. */
  error: (error: KithError) => void;
  /** Every event of the wire. */
  event: (event: WireEvent, channel: Channel | Chat | null) => void;
}

/** What the server holds this connection to (`connection.ready`). */
export interface Limits {
  frame_bytes: number;
  channels: number;
  messages_per_minute: number;
}

export interface Kith extends AsyncIterable<WireEvent> {
  readonly state: State;
  /** Why it will not come back; null where it will. */
  readonly error: KithError | null;
  /** When it will try again (ms since 1970), while it is offline and will. */
  readonly retryAt: number | null;
  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly epoch: string | null;
  /** Null until the server has said them. */
  readonly limits: Limits | null;
  readonly channels: Map<string, Channel | Chat>;
  on<Name extends keyof Events>(name: Name, listener: Events[Name]): () => void;
  on(name: 'console.stats', listener: (stats: ConsoleStats) => void): () => void;
  /** Of one type of the wire: `message.new`, `typing.start`, … */
  on(type: string, listener: (event: WireEvent, channel: Channel | Chat | null) => void): () => void;
  chat(id: string): Chat;
  subscribe(channel: string, options?: { presence?: boolean }): Promise<Channel>;
  /** Until subscribe() or open() of it, also where `follow` would bring it back. */
  unsubscribe(channel: string): Promise<void>;
  /** As request(). */
  presence(channel: string): Promise<{ count: number; users: string[] }>;
  /**
   * Waits for a connection for `answerTimeout`; rejects with `disconnected` where there is none by
   * then, or where it is lost before the answer.
   */
  request(type: 'history', fields: { chat_id: string; before_seq?: number; after_seq?: number;
    limit?: number }): Promise<HistoryPage>;
  request(type: 'console', fields: { watch: boolean }): Promise<Ack>;
  request(type: string, fields?: object): Promise<WireEvent>;
  /** At once, also before the time that the server has named. */
  reconnect(): void;
  /** For good: what still waits for an answer rejects with `closed`. */
  close(): void;
}

export function connect(options: Options): Kith;
export function uuidv7(): string;
