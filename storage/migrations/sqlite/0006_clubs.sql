-- Clubs, who is in them, and what stands in their feed. A club's integer key is the key of its
-- channel.

CREATE TABLE clubs(
  id INTEGER PRIMARY KEY REFERENCES channels(id),
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL DEFAULT '',
  city_key TEXT NOT NULL DEFAULT '',       -- what cities are compared by
  tags TEXT NOT NULL DEFAULT '[]',         -- a JSON array
  privacy_level INTEGER NOT NULL DEFAULT 0, -- ClubPrivacy
  owner_id INTEGER NOT NULL REFERENCES users(id),
  chat_id INTEGER NOT NULL REFERENCES chat_chats(id),
  member_count INTEGER NOT NULL DEFAULT 0, -- the approved ones
  version INTEGER NOT NULL DEFAULT 1,      -- of what its organizers may change
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX clubs_of_city ON clubs(city_key, id);

CREATE TABLE club_tags(
  tag TEXT NOT NULL,               -- folded
  club_id INTEGER NOT NULL REFERENCES clubs(id),
  PRIMARY KEY(tag, club_id)
) WITHOUT ROWID;
CREATE INDEX tags_of_club ON club_tags(club_id);

-- The words of clubs; rowid is clubs.id.
CREATE VIRTUAL TABLE club_words USING fts5(name, description, tags,
  tokenize = 'unicode61 remove_diacritics 0');

CREATE TABLE club_memberships(
  id INTEGER PRIMARY KEY,
  club_id INTEGER NOT NULL REFERENCES clubs(id),
  user_id INTEGER NOT NULL REFERENCES users(id),
  role INTEGER NOT NULL DEFAULT 0,   -- ClubRole
  status INTEGER NOT NULL DEFAULT 0, -- ClubStatus
  banned_until INTEGER,              -- where status is 2; 9223372036854775807: for good
  joined_at INTEGER NOT NULL,
  message TEXT NOT NULL DEFAULT '',  -- with which they asked to join
  UNIQUE(club_id, user_id)
);
CREATE INDEX clubs_of_user ON club_memberships(user_id, club_id);
CREATE INDEX members_of_club ON club_memberships(club_id, status, id);
CREATE INDEX staff_of_club ON club_memberships(club_id, role) WHERE role > 0;

CREATE TABLE club_posts(
  id INTEGER PRIMARY KEY,
  public_id BLOB NOT NULL UNIQUE,
  club_id INTEGER NOT NULL REFERENCES clubs(id),
  author_id INTEGER NOT NULL REFERENCES users(id),
  content TEXT NOT NULL,
  media_ids TEXT NOT NULL DEFAULT '[]',  -- a JSON array
  event_id INTEGER,                      -- channels.id of the event it shows
  created_at INTEGER NOT NULL
);
CREATE INDEX posts_of_author ON club_posts(author_id);

-- What a club's feed is made of, in its order; `type` says what `source_id` is the key of.
CREATE TABLE club_feed(
  id INTEGER PRIMARY KEY,
  club_id INTEGER NOT NULL REFERENCES clubs(id),
  type INTEGER NOT NULL,           -- FeedItem::Type; 0 and 2: club_posts.id, 1: the event's channel
  source_id INTEGER NOT NULL,
  UNIQUE(club_id, id)
);

-- How far a member has read in a channel that is no chat.
CREATE TABLE channel_reads(
  channel_id INTEGER NOT NULL REFERENCES channels(id),
  user_id INTEGER NOT NULL REFERENCES users(id),
  last_read_seq INTEGER NOT NULL,
  last_read_at INTEGER NOT NULL,
  PRIMARY KEY(channel_id, user_id)
) WITHOUT ROWID;

CREATE TABLE club_broadcasts(
  id INTEGER PRIMARY KEY,
  public_id BLOB NOT NULL UNIQUE,
  club_id INTEGER NOT NULL REFERENCES clubs(id),
  author_id INTEGER NOT NULL REFERENCES users(id),
  content TEXT NOT NULL,           -- canonical JSON
  audience INTEGER NOT NULL,       -- BroadcastAudience
  audience_role INTEGER NOT NULL,  -- ClubRole, where the audience is one
  audience_event_id INTEGER,       -- channels.id of the event, of an event's guests
  status INTEGER NOT NULL,         -- BroadcastStatus
  send_at INTEGER NOT NULL,
  sent_at INTEGER,
  created_at INTEGER NOT NULL,
  audience_count INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0, -- sockets that it was written to
  notice_id BLOB UNIQUE            -- in lists of notifications, once it is sent: by that time
);
CREATE INDEX broadcasts_of_club ON club_broadcasts(club_id, id);
CREATE INDEX broadcasts_due ON club_broadcasts(send_at) WHERE status = 0;

-- Where a broadcast that was sent stands: one row, or one for each who has the role.
CREATE TABLE club_broadcast_places(
  channel_id INTEGER NOT NULL REFERENCES channels(id),
  seq INTEGER NOT NULL,
  broadcast_id INTEGER NOT NULL REFERENCES club_broadcasts(id),
  PRIMARY KEY(channel_id, seq)
) WITHOUT ROWID;
CREATE INDEX places_of_broadcast ON club_broadcast_places(broadcast_id);
