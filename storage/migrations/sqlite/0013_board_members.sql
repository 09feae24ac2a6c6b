-- How many of a run's entries are not hidden: the sum of its chunks' members (sql_board_chunks.h).
ALTER TABLE board_runs ADD COLUMN members INTEGER NOT NULL DEFAULT 0;
UPDATE board_runs SET members =
  (SELECT coalesce(sum(k.members), 0) FROM board_chunks k WHERE k.run_id = board_runs.id);
