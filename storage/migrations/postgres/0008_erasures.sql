-- Users who have asked to be forgotten, and how far that has come (storage/sql_erasure.h). A row
-- that is finished says when, and keeps nothing but the key.
CREATE TABLE user_erasures(
  user_id BIGINT PRIMARY KEY,
  requested_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,         -- not before: what was under way has ended by then
  step SMALLINT NOT NULL DEFAULT 0, -- ErasureStep
  position BIGINT NOT NULL DEFAULT 0,  -- within the step
  finished_at BIGINT
);
CREATE INDEX erasures_due ON user_erasures(due_at) WHERE finished_at IS NULL;

-- What one user did is looked for by the user.
CREATE INDEX reactions_of_user ON message_reactions(user_id, message_id);
CREATE INDEX cases_of_reporter ON moderation_cases(reporter_id);
CREATE INDEX broadcasts_of_author ON club_broadcasts(author_id, id);
CREATE INDEX feed_by_source ON club_feed(source_id);
CREATE INDEX channel_reads_of_user ON channel_reads(user_id, channel_id);
CREATE INDEX outbox_of_email ON outbox(email_key) WHERE email_key IS NOT NULL;

-- Where a post stands in its club's log; NULL: from before this was noted.
ALTER TABLE club_posts ADD COLUMN seq BIGINT;
-- A club whose last member was erased: it is nobody's, and told to nobody.
ALTER TABLE clubs ADD COLUMN closed_at BIGINT;
CREATE INDEX closed_clubs ON clubs(owner_id) WHERE closed_at IS NOT NULL;

-- A user has one time zone; who has named one for their days has it for what they are told as well.
UPDATE notification_settings SET time_zone = (SELECT u.time_zone FROM users u
  WHERE u.id = notification_settings.user_id) WHERE user_id IN
  (SELECT id FROM users WHERE time_zone <> 'UTC');
