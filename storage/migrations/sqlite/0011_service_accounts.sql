-- Other back ends, and the tokens that they come with.
CREATE TABLE service_accounts(
  id INTEGER PRIMARY KEY,          -- negated: user_id of its idempotency_keys
  public_id BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  scopes INTEGER NOT NULL,         -- a bit for each ServiceScope
  token_hash BLOB NOT NULL UNIQUE, -- SHA-256
  created_at INTEGER NOT NULL,
  created_by INTEGER,              -- users.id; NULL: on the command line
  revoked_at INTEGER
);
