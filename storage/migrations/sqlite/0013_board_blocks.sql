-- How many of a run's entries that are not hidden lie at or behind (low_lag, low_reached) and before
-- the next block, or chunk: a block is of some hundred chunks (sql_board_chunks.h). The column has
-- another name than before: a node of the version before fails to move a score, and cannot count in
-- chunks alone.
DROP TABLE board_chunks;
CREATE TABLE board_blocks(
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  low_lag INTEGER NOT NULL,
  low_reached INTEGER NOT NULL,
  counted INTEGER NOT NULL
);
CREATE UNIQUE INDEX board_block_order ON board_blocks(run_id, low_lag, low_reached);
CREATE TABLE board_chunks(
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  block_id INTEGER NOT NULL,
  low_lag INTEGER NOT NULL,
  low_reached INTEGER NOT NULL,
  counted INTEGER NOT NULL
);
-- Without what is counted, so that counting touches no index.
CREATE UNIQUE INDEX board_chunk_order ON board_chunks(run_id, low_lag, low_reached);
CREATE INDEX chunks_of_block ON board_chunks(block_id, low_lag, low_reached);

-- Entries in their order: a block begins at every 10,000th, a chunk at every 100th.
INSERT INTO board_blocks(run_id, low_lag, low_reached, counted)
SELECT run_id, CASE WHEN place = 0 THEN -9223372036854775808 ELSE lag END,
  CASE WHEN place = 0 THEN 0 ELSE reached END,
  CASE WHEN entries - place < 10000 THEN entries - place ELSE 10000 END
FROM (SELECT run_id, lag, reached,
        row_number() OVER (PARTITION BY run_id ORDER BY lag, reached) - 1 AS place,
        count(*) OVER (PARTITION BY run_id) AS entries
      FROM board_entries WHERE hidden = 0) AS placed
WHERE place % 10000 = 0;
INSERT INTO board_blocks(run_id, low_lag, low_reached, counted)
SELECT id, -9223372036854775808, 0, 0 FROM board_runs
WHERE id NOT IN (SELECT run_id FROM board_blocks);
INSERT INTO board_chunks(run_id, block_id, low_lag, low_reached, counted)
SELECT run_id,
  (SELECT b.id FROM board_blocks b WHERE b.run_id = placed.run_id
     AND (b.low_lag, b.low_reached) <= (placed.lag, placed.reached)
   ORDER BY b.low_lag DESC, b.low_reached DESC LIMIT 1),
  CASE WHEN place = 0 THEN -9223372036854775808 ELSE lag END,
  CASE WHEN place = 0 THEN 0 ELSE reached END,
  CASE WHEN entries - place < 100 THEN entries - place ELSE 100 END
FROM (SELECT run_id, lag, reached,
        row_number() OVER (PARTITION BY run_id ORDER BY lag, reached) - 1 AS place,
        count(*) OVER (PARTITION BY run_id) AS entries
      FROM board_entries WHERE hidden = 0) AS placed
WHERE place % 100 = 0;
INSERT INTO board_chunks(run_id, block_id, low_lag, low_reached, counted)
SELECT run_id, id, low_lag, low_reached, 0 FROM board_blocks
WHERE run_id NOT IN (SELECT run_id FROM board_chunks);
