-- One's feed, put together by whoever reads it: what each of its sources is looked through by, newest
-- first. And the last day whose icebreaker a user was told.
ALTER TABLE club_feed ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
UPDATE club_feed SET created_at =
  coalesce((SELECT p.created_at FROM club_posts p WHERE p.id = source_id), 0) WHERE type <> 1;
UPDATE club_feed SET created_at =
  coalesce((SELECT e.published_at FROM events e WHERE e.id = source_id), 0) WHERE type = 1;
CREATE INDEX club_feed_by_time ON club_feed(club_id, created_at, id);
CREATE INDEX attendees_by_time ON event_attendees(event_id, status, updated_at, user_id);
CREATE INDEX events_by_publication ON events(city_key, published_at, id)
  WHERE published_at IS NOT NULL;

ALTER TABLE users ADD COLUMN prompted_day BIGINT NOT NULL DEFAULT 0;  -- since 1970, in their zone
