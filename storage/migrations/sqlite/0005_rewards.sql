-- Activities and what they come to (storage/sql_activities.h): all of it is one user's, and led by
-- the user's key. Keys first and in their order: in a table WITHOUT ROWID quick_check of SQLite
-- 3.40.1 takes other columns for NULL.

ALTER TABLE users ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';

-- The zones that a user has lived in, but for UTC from the beginning on (engine/rewards/calendar.h).
CREATE TABLE user_zones(
  user_id INTEGER NOT NULL,
  from_at INTEGER NOT NULL,         -- the least number: since ever
  after_day INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  zone TEXT NOT NULL,
  PRIMARY KEY(user_id, from_at)
) WITHOUT ROWID;

-- Kept for ever: a repeat is known by its key however late it comes.
CREATE TABLE activities(
  user_id INTEGER NOT NULL,
  origin INTEGER NOT NULL,          -- ActivityOrigin
  idempotency_key TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  value INTEGER NOT NULL,
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  category TEXT NOT NULL,          -- as it was named; '': it was not
  PRIMARY KEY(user_id, origin, idempotency_key)
) WITHOUT ROWID;

-- Activities of a kind on a day of the user's: what streaks are counted from. Messages are counted
-- here without rows of their own in activities.
CREATE TABLE activity_days(
  user_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  day INTEGER NOT NULL,             -- since 1970-01-01
  times INTEGER NOT NULL,
  total INTEGER NOT NULL,           -- of their values
  first_at INTEGER NOT NULL,        -- the earliest
  PRIMARY KEY(user_id, kind, day)
) WITHOUT ROWID;

CREATE TABLE activity_totals(
  user_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  times INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY(user_id, kind)
) WITHOUT ROWID;

CREATE TABLE streaks(
  user_id INTEGER NOT NULL,
  streak_type TEXT NOT NULL,
  current_count INTEGER NOT NULL,   -- as last told, as are at_risk and longest_count
  longest_count INTEGER NOT NULL,
  run_count INTEGER NOT NULL,       -- as of last_period
  freezes INTEGER NOT NULL,
  last_period INTEGER NOT NULL,
  last_incremented_at INTEGER NOT NULL,
  due_at INTEGER,                   -- when it changes by itself; NULL: it has ended
  at_risk INTEGER NOT NULL,
  PRIMARY KEY(user_id, streak_type)
) WITHOUT ROWID;
CREATE INDEX streaks_due ON streaks(due_at) WHERE due_at IS NOT NULL;

CREATE TABLE user_scores(
  user_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  score INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY(user_id, category)
) WITHOUT ROWID;

-- Who is ahead, for badges of a rank.
CREATE INDEX scores_in_order ON user_scores(category, score);

CREATE TABLE score_days(
  user_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  day INTEGER NOT NULL,
  delta INTEGER NOT NULL,
  PRIMARY KEY(user_id, category, day)
) WITHOUT ROWID;

CREATE TABLE user_badges(
  user_id INTEGER NOT NULL,
  badge_code TEXT NOT NULL,
  earned_at INTEGER NOT NULL,
  PRIMARY KEY(user_id, badge_code)
) WITHOUT ROWID;

-- How far something has come that is done once, whoever does it.
CREATE TABLE reward_progress(
  name TEXT PRIMARY KEY,         -- 'messages': a place in the log; 'back_fill': a user's key
  position INTEGER NOT NULL,
  detail TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO reward_progress(name, position, detail) VALUES('messages', 0, ''), ('back_fill', 0, '');
