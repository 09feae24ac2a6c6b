-- Activities and what they come to (storage/sql_activities.h): all of it is one user's, and led by
-- the user's key.

ALTER TABLE users ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';

-- The zones that a user has lived in, but for UTC from the beginning on (engine/rewards/calendar.h).
CREATE TABLE user_zones(
  user_id BIGINT NOT NULL,
  from_at BIGINT NOT NULL,         -- the least number: since ever
  after_day BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  zone TEXT NOT NULL,
  PRIMARY KEY(user_id, from_at)
);

-- Kept for ever: a repeat is known by its key however late it comes.
CREATE TABLE activities(
  user_id BIGINT NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  value BIGINT NOT NULL,
  origin SMALLINT NOT NULL,          -- ActivityOrigin
  id UUID NOT NULL,
  idempotency_key TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  category TEXT NOT NULL,          -- as it was named; '': it was not
  PRIMARY KEY(user_id, origin, idempotency_key)
);

-- Activities of a kind on a day of the user's: what streaks are counted from. Messages are counted
-- here without rows of their own in activities.
CREATE TABLE activity_days(
  user_id BIGINT NOT NULL,
  day BIGINT NOT NULL,             -- since 1970-01-01
  times BIGINT NOT NULL,
  total BIGINT NOT NULL,           -- of their values
  first_at BIGINT NOT NULL,        -- the earliest
  kind TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(user_id, kind, day)
) WITH (fillfactor = 70);

CREATE TABLE activity_totals(
  user_id BIGINT NOT NULL,
  times BIGINT NOT NULL,
  total BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(user_id, kind)
) WITH (fillfactor = 70);

CREATE TABLE streaks(
  user_id BIGINT NOT NULL,
  current_count BIGINT NOT NULL,   -- as last told, as are at_risk and longest_count
  longest_count BIGINT NOT NULL,
  run_count BIGINT NOT NULL,       -- as of last_period
  freezes BIGINT NOT NULL,
  last_period BIGINT NOT NULL,
  last_incremented_at BIGINT NOT NULL,
  due_at BIGINT,                   -- when it changes by itself; NULL: it has ended
  at_risk SMALLINT NOT NULL,
  streak_type TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(user_id, streak_type)
) WITH (fillfactor = 70);
CREATE INDEX streaks_due ON streaks(due_at) WHERE due_at IS NOT NULL;

CREATE TABLE user_scores(
  user_id BIGINT NOT NULL,
  score BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  category TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(user_id, category)
) WITH (fillfactor = 70);

-- Who is ahead, for badges of a rank.
CREATE INDEX scores_in_order ON user_scores(category, score);

CREATE TABLE score_days(
  user_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  delta BIGINT NOT NULL,
  category TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(user_id, category, day)
) WITH (fillfactor = 70);

CREATE TABLE user_badges(
  user_id BIGINT NOT NULL,
  earned_at BIGINT NOT NULL,
  badge_code TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(user_id, badge_code)
);

-- How far something has come that is done once, whoever does it.
CREATE TABLE reward_progress(
  name TEXT COLLATE "C" PRIMARY KEY,         -- 'messages': a place in the log; 'back_fill': a user's key
  position BIGINT NOT NULL,
  detail TEXT NOT NULL
);
INSERT INTO reward_progress(name, position, detail) VALUES('messages', 0, ''), ('back_fill', 0, '');
