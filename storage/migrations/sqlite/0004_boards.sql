-- Leaderboards. A board is a channel: one category in one city ('': everywhere) over one period.
-- Whoever stands on it stands on its run; a reset gives it a new, empty run in one row, and the old
-- run's rows are swept away in small steps.

CREATE TABLE boards(
  id INTEGER PRIMARY KEY REFERENCES channels(id),
  category TEXT NOT NULL,
  city TEXT NOT NULL,              -- folded (sql_boards.h); '': everywhere
  period INTEGER NOT NULL,         -- BoardPeriod
  run_id INTEGER NOT NULL UNIQUE,
  revision INTEGER NOT NULL DEFAULT 0,
  opens_at INTEGER NOT NULL,       -- what was earned before counts for an earlier run
  closes_at INTEGER NOT NULL,      -- 9223372036854775807: never
  UNIQUE(category, city, period)
);
CREATE INDEX boards_by_end ON boards(closes_at);

CREATE TABLE board_runs(
  id INTEGER PRIMARY KEY,
  board_id INTEGER NOT NULL REFERENCES boards(id),
  closed_at INTEGER                -- NULL: the board's own
);
CREATE INDEX closed_board_runs ON board_runs(closed_at) WHERE closed_at IS NOT NULL;

-- Who is ahead has the lesser (lag, reached): `lag` is the score negated, `reached` the revision of
-- the board at which it was reached, so ties go to who was first.
CREATE TABLE board_entries(
  user_id INTEGER NOT NULL REFERENCES users(id),
  run_id INTEGER NOT NULL,
  lag INTEGER NOT NULL,
  reached INTEGER NOT NULL,
  hidden INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(user_id, run_id)
) WITHOUT ROWID;
CREATE INDEX board_order ON board_entries(run_id, hidden, lag, reached);

-- How many of a run's entries that are not hidden lie at or behind (low_lag, low_reached) and before
-- the next chunk (sql_board_chunks.h).
CREATE TABLE board_chunks(
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  low_lag INTEGER NOT NULL,
  low_reached INTEGER NOT NULL,
  members INTEGER NOT NULL
);
-- With `members` in it, a sum needs no row.
CREATE INDEX board_chunk_order ON board_chunks(run_id, low_lag, low_reached, members);

CREATE TABLE board_hides(          -- users who are on no board for others to see
  user_id INTEGER PRIMARY KEY REFERENCES users(id)
);

-- How a run ended.
CREATE TABLE leaderboard_snapshots(
  id INTEGER PRIMARY KEY,
  city TEXT NOT NULL,
  category TEXT NOT NULL,
  period INTEGER NOT NULL,         -- BoardPeriod
  opened_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  total INTEGER NOT NULL,          -- entries that were to be seen
  data TEXT NOT NULL,              -- JSON, the first 100: [{"rank","user_id","score"}]
  generated_at INTEGER NOT NULL
);
CREATE INDEX snapshots_of_board ON leaderboard_snapshots(category, city, period, closed_at);
