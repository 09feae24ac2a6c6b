-- Accounts, chats and the log. Integer keys inside, public ids (16-byte blobs) at the edge: a commit
-- costs the pages that it dirties (ARCHITECTURE 2.4). Times are Unix milliseconds.

CREATE TABLE meta(
  key TEXT PRIMARY KEY,            -- 'epoch', 'digest_key'
  value BLOB NOT NULL
) WITHOUT ROWID;

-- Everything that can be followed. A user's and a chat's integer key is the key of its channel.
CREATE TABLE channels(
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,           -- IdKind
  last_seq INTEGER NOT NULL DEFAULT 0,
  trimmed_seq INTEGER NOT NULL DEFAULT 0,
  public_id BLOB NOT NULL UNIQUE
);

CREATE TABLE users(
  id INTEGER PRIMARY KEY REFERENCES channels(id),
  email TEXT,
  email_key TEXT UNIQUE,           -- folded to lower case; NULL once erased
  password_hash TEXT,
  display_name TEXT NOT NULL,
  bio TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL DEFAULT '',
  avatar_url TEXT NOT NULL DEFAULT '',
  premium_tier TEXT NOT NULL DEFAULT 'free',
  role INTEGER NOT NULL DEFAULT 0, -- SystemRole
  signup_source TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_active_at INTEGER,
  deleted_at INTEGER
);

CREATE TABLE user_profiles(
  user_id INTEGER PRIMARY KEY REFERENCES users(id),
  interests TEXT NOT NULL DEFAULT '[]',
  icebreaker_prompt_id TEXT,
  settings TEXT NOT NULL DEFAULT '{}'
);

CREATE TABLE sessions(             -- a login
  id INTEGER PRIMARY KEY,
  public_id BLOB NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users(id),
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  revoked_at INTEGER,
  client_address TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_of_user ON sessions(user_id, created_at);

CREATE TABLE refresh_tokens(
  hash BLOB PRIMARY KEY,           -- SHA-256
  session_id INTEGER NOT NULL REFERENCES sessions(id),
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) WITHOUT ROWID;
CREATE INDEX refresh_tokens_of_session ON refresh_tokens(session_id);

CREATE TABLE chat_chats(
  id INTEGER PRIMARY KEY REFERENCES channels(id),
  type INTEGER NOT NULL,           -- ChatType
  context_id INTEGER,              -- the club or event that owns it
  name TEXT NOT NULL DEFAULT '',
  direct_key TEXT UNIQUE,          -- 'smaller key:larger key' of the pair
  participant_count INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);

CREATE TABLE chat_participants(
  chat_id INTEGER NOT NULL REFERENCES chat_chats(id),
  user_id INTEGER NOT NULL REFERENCES users(id),
  role INTEGER NOT NULL DEFAULT 0,     -- ParticipantRole
  status INTEGER NOT NULL DEFAULT 0,   -- 0 in it, 1 left or removed, 2 banned
  muted_until INTEGER,                 -- NULL: not muted; 9223372036854775807: for good
  banned_until INTEGER,                -- as muted_until, where status is 2
  last_read_message_id INTEGER,        -- chat_messages.position
  last_read_seq INTEGER NOT NULL DEFAULT 0,
  last_read_at INTEGER,
  delivered_seq INTEGER NOT NULL DEFAULT 0,
  joined_at INTEGER NOT NULL,
  PRIMARY KEY(chat_id, user_id)
) WITHOUT ROWID;
CREATE INDEX chats_of_user ON chat_participants(user_id, chat_id);

-- A message's row is its own log entry; `position` is its place in commit order, shared with
-- channel_log. Rows are laid down in that order, and all indexes but (chat_id, seq) grow at their
-- right end when client ids are time-sorted.
CREATE TABLE chat_messages(
  position INTEGER PRIMARY KEY,
  chat_id INTEGER NOT NULL REFERENCES chat_chats(id),
  seq INTEGER NOT NULL,
  sender_id INTEGER NOT NULL REFERENCES users(id),
  sent_at INTEGER NOT NULL,
  edited_at INTEGER,
  deleted_at INTEGER,
  moderation_status INTEGER NOT NULL DEFAULT 0,  -- 0 visible, 1 hidden
  reply_to INTEGER,                -- chat_messages.position
  id BLOB NOT NULL UNIQUE,
  client_message_id TEXT NOT NULL,
  first_digest BLOB NOT NULL,      -- keyed hash of the meaning as first sent, never changed
  content TEXT,                    -- canonical JSON; NULL once deleted
  UNIQUE(chat_id, seq),
  UNIQUE(client_message_id, sender_id, chat_id)
);

CREATE TABLE message_attachments(
  id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES chat_messages(position),
  media_id TEXT NOT NULL,
  type TEXT NOT NULL DEFAULT '',
  metadata TEXT
);
CREATE INDEX attachments_of_message ON message_attachments(message_id);

CREATE TABLE message_reactions(
  id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES chat_messages(position),
  user_id INTEGER NOT NULL REFERENCES users(id),
  emoji TEXT NOT NULL,
  reacted_at INTEGER NOT NULL,
  UNIQUE(message_id, user_id, emoji)
);

-- Durable events that are no new message (protocol/event.h says what each type sets). Rows about a
-- message hold its key, never its content.
CREATE TABLE channel_log(
  position INTEGER PRIMARY KEY,
  channel_id INTEGER NOT NULL REFERENCES channels(id),
  seq INTEGER NOT NULL,
  type INTEGER NOT NULL,           -- EventType
  at INTEGER NOT NULL,
  user_id INTEGER,
  by_id INTEGER,
  message_id INTEGER,              -- chat_messages.position
  code INTEGER,                    -- role or moderation action
  until INTEGER,
  detail TEXT,                     -- emoji, reason or payload, by type
  UNIQUE(channel_id, seq)
);

CREATE TABLE moderation_cases(
  id INTEGER PRIMARY KEY,
  public_id BLOB NOT NULL UNIQUE,
  chat_id INTEGER NOT NULL REFERENCES chat_chats(id),
  message_id INTEGER NOT NULL REFERENCES chat_messages(position),
  reporter_id INTEGER NOT NULL REFERENCES users(id),
  reason TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'open',
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX one_open_case ON moderation_cases(message_id, reporter_id)
  WHERE status = 'open';

CREATE TABLE idempotency_keys(
  user_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  key TEXT NOT NULL,
  request_digest BLOB NOT NULL,
  result TEXT NOT NULL,            -- the public id of what was made
  created_at INTEGER NOT NULL,
  PRIMARY KEY(user_id, path, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency_keys(created_at);

-- Append-only. hash = H(previous_hash, id, at, action, commitment), commitment = H(salt, personal
-- fields): an erasure empties audit_details and the chain still verifies.
CREATE TABLE audit_log(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  commitment BLOB NOT NULL,
  previous_hash BLOB NOT NULL,
  hash BLOB NOT NULL
);
CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_keeps_values BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;

CREATE TABLE audit_details(
  audit_id INTEGER PRIMARY KEY REFERENCES audit_log(id),
  salt BLOB NOT NULL,
  user_id INTEGER,
  detail TEXT NOT NULL             -- JSON
);
CREATE INDEX audit_details_of_user ON audit_details(user_id);
