-- Events and who comes to them (engine/ports/events.h says what the columns mean; enums there).
-- An event's integer key is the key of its channel.
CREATE TABLE events(
  id INTEGER PRIMARY KEY REFERENCES channels(id),
  creator_id INTEGER NOT NULL REFERENCES users(id),
  club_id INTEGER,                 -- channels.id of the club
  chat_id INTEGER NOT NULL REFERENCES chat_chats(id),
  status INTEGER NOT NULL,         -- EventStatus
  visibility INTEGER NOT NULL,     -- EventVisibility
  version INTEGER NOT NULL DEFAULT 1,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  start_time INTEGER NOT NULL,
  end_time INTEGER NOT NULL,
  place_name TEXT,                 -- NULL: no place
  latitude_e7 INTEGER,             -- both or none
  longitude_e7 INTEGER,
  city TEXT NOT NULL,
  city_key TEXT NOT NULL,          -- folded to lower case
  capacity INTEGER,                -- NULL: no limit
  seats_taken INTEGER NOT NULL DEFAULT 0,  -- the sum of 1 + guest_count of those confirmed
  waiting INTEGER NOT NULL DEFAULT 0,      -- the same of those waitlisted
  premium_only INTEGER NOT NULL,
  ticket_paid INTEGER NOT NULL,
  price_cents INTEGER NOT NULL,
  currency TEXT NOT NULL,
  tags TEXT NOT NULL,              -- a JSON array of strings
  published_at INTEGER,            -- NULL: never was
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX events_by_time ON events(status, start_time, id);
CREATE INDEX events_on_the_map ON events(status, latitude_e7, longitude_e7);
CREATE INDEX events_of_club ON events(club_id, start_time, id) WHERE club_id IS NOT NULL;
CREATE INDEX events_of_creator ON events(creator_id, start_time, id);

CREATE TABLE event_attendees(
  event_id INTEGER NOT NULL REFERENCES events(id),
  user_id INTEGER NOT NULL REFERENCES users(id),
  public_id BLOB NOT NULL UNIQUE,
  status INTEGER NOT NULL,         -- RsvpStatus
  guest_count INTEGER NOT NULL,
  place INTEGER NOT NULL,          -- seq, in the event's channel, of the answer that led to status
  payment_status TEXT NOT NULL DEFAULT 'none',
  checked_in_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY(event_id, user_id)
) WITHOUT ROWID;
CREATE INDEX attendees_in_order ON event_attendees(event_id, status, place);
CREATE INDEX events_of_attendee ON event_attendees(user_id, event_id);

-- What is to be told to those who come, at its time: one row per event and kind, taken away once
-- everybody has been told.
CREATE TABLE event_notices(
  event_id INTEGER NOT NULL REFERENCES events(id),
  kind INTEGER NOT NULL,           -- EventNotice of storage/sql_event_notices.h
  due_at INTEGER NOT NULL,
  told_up_to INTEGER NOT NULL DEFAULT 0,  -- user_id
  PRIMARY KEY(event_id, kind)
) WITHOUT ROWID;
CREATE INDEX event_notices_due ON event_notices(due_at);

CREATE TABLE calendars(
  user_id INTEGER PRIMARY KEY REFERENCES users(id),
  secret_hash BLOB NOT NULL UNIQUE,  -- SHA-256
  created_at INTEGER NOT NULL,
  google_read_at INTEGER,
  apple_read_at INTEGER,
  other_read_at INTEGER
);
