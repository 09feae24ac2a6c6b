-- What users are told, what they want to be told of, and what waits to be sent out.

-- One row per notification and user. Lists go by public_id, which rises per user.
CREATE TABLE notifications(
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users(id),
  created_at INTEGER NOT NULL,
  read_at INTEGER,                     -- by itself; see notification_marks
  held INTEGER NOT NULL DEFAULT 0,     -- bit 1 << OutgoingChannel: goes with that one's digest
  public_id BLOB NOT NULL,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,               -- JSON
  UNIQUE(user_id, public_id)
);
CREATE INDEX unread_notifications ON notifications(user_id, public_id) WHERE read_at IS NULL;

-- Everything up to this id is read, of whatever source.
CREATE TABLE notification_marks(
  user_id INTEGER PRIMARY KEY REFERENCES users(id),
  read_at INTEGER NOT NULL,
  read_id BLOB NOT NULL
);

CREATE TABLE notification_settings(
  user_id INTEGER PRIMARY KEY REFERENCES users(id),
  quiet_from INTEGER,                  -- minutes of the local day
  quiet_to INTEGER,
  digest_every INTEGER NOT NULL,       -- DigestEvery
  digest_minute INTEGER NOT NULL,
  digest_weekday INTEGER NOT NULL,
  web_hook INTEGER NOT NULL,           -- NoticeMode
  email INTEGER NOT NULL,
  time_zone TEXT NOT NULL
);

CREATE TABLE notification_choices(
  user_id INTEGER NOT NULL REFERENCES users(id),
  type TEXT NOT NULL,
  in_app INTEGER NOT NULL,             -- 0 or 1
  web_hook INTEGER,                    -- NoticeMode; NULL: as for all types
  email INTEGER,
  PRIMARY KEY(user_id, type)
) WITHOUT ROWID;

-- What waits to be sent. A row is claimed by moving due_at on; `attempts` is the claim's number.
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY,
  user_id INTEGER,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  dead_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  channel INTEGER NOT NULL,            -- OutgoingChannel
  kind INTEGER NOT NULL,               -- OutgoingKind
  public_id BLOB NOT NULL UNIQUE,
  notification_id BLOB,                -- of a digest: the first one
  until_id BLOB,                       -- of a digest that has been claimed: the last one
  email_key TEXT,                      -- of a mail about an account: whose
  error TEXT                           -- why the last attempt failed
);
CREATE INDEX outbox_due ON outbox(channel, due_at) WHERE dead_at IS NULL;
CREATE INDEX outbox_dead ON outbox(channel, dead_at) WHERE dead_at IS NOT NULL;
CREATE INDEX outbox_of_user ON outbox(user_id, channel, kind);
CREATE UNIQUE INDEX one_open_digest ON outbox(user_id, channel) WHERE kind = 2 AND attempts = 0;

ALTER TABLE users ADD COLUMN email_verified_at INTEGER;

CREATE TABLE account_tokens(
  hash BLOB PRIMARY KEY,               -- SHA-256
  user_id INTEGER NOT NULL REFERENCES users(id),
  kind INTEGER NOT NULL,               -- OutgoingKind
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX account_tokens_of_user ON account_tokens(user_id, kind, created_at);
