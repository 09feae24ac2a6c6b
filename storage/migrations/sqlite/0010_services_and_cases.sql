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

-- What was a row per report is what it says now; a case is about a message, and its reports join it.
DROP INDEX one_open_case;
ALTER TABLE moderation_cases RENAME TO message_reports;
CREATE TABLE moderation_cases(
  id INTEGER PRIMARY KEY,
  public_id BLOB NOT NULL UNIQUE,  -- the first report's
  chat_id INTEGER NOT NULL REFERENCES chat_chats(id),
  message_id INTEGER NOT NULL REFERENCES chat_messages(position),
  status INTEGER NOT NULL DEFAULT 0,  -- CaseStatus
  assignee_id INTEGER REFERENCES users(id),
  resolution INTEGER,              -- CaseResolution
  note TEXT NOT NULL DEFAULT '',
  reports INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  resolved_at INTEGER
);
INSERT INTO moderation_cases(public_id, chat_id, message_id, reports, created_at)
  SELECT r.public_id, r.chat_id, r.message_id, t.reports, r.created_at FROM message_reports r
  JOIN (SELECT MIN(id) AS first, COUNT(*) AS reports FROM message_reports
        WHERE status = 'open' GROUP BY message_id) t ON t.first = r.id ORDER BY r.id;
ALTER TABLE message_reports ADD COLUMN case_id INTEGER REFERENCES moderation_cases(id);
UPDATE message_reports SET case_id =
  (SELECT k.id FROM moderation_cases k WHERE k.message_id = message_reports.message_id)
  WHERE status = 'open';
CREATE UNIQUE INDEX one_open_report ON message_reports(message_id, reporter_id)
  WHERE status = 'open';
CREATE INDEX reports_of_case ON message_reports(case_id);
CREATE UNIQUE INDEX one_open_case ON moderation_cases(message_id) WHERE status = 0;

CREATE TABLE moderation_case_steps(
  id INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES moderation_cases(id),
  at INTEGER NOT NULL,
  by_id INTEGER,                   -- users.id
  action TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX steps_of_case ON moderation_case_steps(case_id, id);

-- Moderators and admins: who is told of a case, and whether an admin is the last one.
CREATE INDEX keepers_of_order ON users(role, id) WHERE role IN (1, 3);

-- Messages on their way to the content filter, and up to where the log has been taken in.
CREATE TABLE content_filter_queue(
  position INTEGER PRIMARY KEY,    -- the event's in the log
  message_id INTEGER NOT NULL,     -- chat_messages.position
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,     -- when it was sent or edited
  attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX content_filter_due ON content_filter_queue(due_at);
CREATE TABLE content_filter_mark(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  position INTEGER NOT NULL
);
