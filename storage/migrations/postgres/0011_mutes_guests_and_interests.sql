-- A block mutes both in their direct chat for as long as it stands; what a moderator said of mutes
-- lies beneath it meanwhile. NULL: no block stands; 0: one does, with no mute beneath.
ALTER TABLE chat_participants ADD COLUMN mute_under_block BIGINT;
UPDATE chat_participants SET mute_under_block = 0 WHERE chat_id IN (
  SELECT h.id FROM user_blocks b JOIN chat_chats h ON h.direct_key =
    CASE WHEN b.blocker_id < b.blocked_id
      THEN CAST(b.blocker_id AS TEXT) || ':' || CAST(b.blocked_id AS TEXT)
      ELSE CAST(b.blocked_id AS TEXT) || ':' || CAST(b.blocker_id AS TEXT) END);

-- Broadcasts to those who come to an event, in their lists of notifications.
CREATE INDEX broadcasts_to_guests ON club_broadcasts(audience_event_id)
  WHERE audience_event_id IS NOT NULL;

-- What users like, folded as ASCII: people who share it are looked for by it.
CREATE TABLE user_interests(
  interest TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  PRIMARY KEY(interest, user_id)
);
CREATE INDEX interests_of_user ON user_interests(user_id);
INSERT INTO user_interests(interest, user_id)
  SELECT lower(i.value COLLATE "C"), f.user_id
  -- A NUL is no character of a text here; OFFSET 0 keeps the two steps apart.
  FROM (SELECT user_id, interests FROM user_profiles
        WHERE position('\u0000' IN interests) = 0 OFFSET 0) f,
    json_array_elements_text(f.interests::json) AS i(value)
  ON CONFLICT DO NOTHING;

-- Cities are compared as on SQLite and in the program, whatever the database's locale.
DROP INDEX users_of_city;
CREATE INDEX users_of_city ON users(lower(city COLLATE "C"), last_active_at);
