-- Who wants nothing of whom.
CREATE TABLE user_blocks(
  blocker_id BIGINT NOT NULL,
  blocked_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY(blocker_id, blocked_id)
);
CREATE INDEX blockers_of_user ON user_blocks(blocked_id, blocker_id);

-- People of one's city are looked for by who was there last.
CREATE INDEX users_of_city ON users(lower(city), last_active_at);
