-- The same as migrations/sqlite has of events, with the widest columns first.
CREATE TABLE events(
  id BIGINT PRIMARY KEY,           -- channels.id
  creator_id BIGINT NOT NULL,
  club_id BIGINT,                  -- channels.id of the club
  chat_id BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  start_time BIGINT NOT NULL,
  end_time BIGINT NOT NULL,
  capacity BIGINT,                 -- NULL: no limit
  seats_taken BIGINT NOT NULL DEFAULT 0,  -- the sum of 1 + guest_count of those confirmed
  waiting BIGINT NOT NULL DEFAULT 0,      -- the same of those waitlisted
  price_cents BIGINT NOT NULL,
  published_at BIGINT,             -- NULL: never was
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  latitude_e7 INTEGER,             -- both or none
  longitude_e7 INTEGER,
  status SMALLINT NOT NULL,        -- EventStatus
  visibility SMALLINT NOT NULL,    -- EventVisibility
  premium_only SMALLINT NOT NULL,
  ticket_paid SMALLINT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  place_name TEXT,                 -- NULL: no place
  city TEXT NOT NULL,
  city_key TEXT COLLATE "C" NOT NULL,  -- folded to lower case
  currency TEXT NOT NULL,
  tags TEXT NOT NULL               -- a JSON array of strings
) WITH (fillfactor = 80);          -- seats come and go
CREATE INDEX events_by_time ON events(status, start_time, id);
CREATE INDEX events_on_the_map ON events(status, latitude_e7, longitude_e7);
CREATE INDEX events_of_club ON events(club_id, start_time, id) WHERE club_id IS NOT NULL;
CREATE INDEX events_of_creator ON events(creator_id, start_time, id);

CREATE TABLE event_attendees(
  event_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  guest_count BIGINT NOT NULL,
  place BIGINT NOT NULL,           -- seq, in the event's channel, of the answer that led to status
  checked_in_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  status SMALLINT NOT NULL,        -- RsvpStatus
  public_id UUID NOT NULL UNIQUE,
  payment_status TEXT NOT NULL DEFAULT 'none',
  PRIMARY KEY(event_id, user_id)
);
CREATE INDEX attendees_in_order ON event_attendees(event_id, status, place);
CREATE INDEX events_of_attendee ON event_attendees(user_id, event_id);

CREATE TABLE event_notices(
  event_id BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  told_up_to BIGINT NOT NULL DEFAULT 0,  -- user_id
  kind SMALLINT NOT NULL,          -- EventNotice of storage/sql_event_notices.h
  PRIMARY KEY(event_id, kind)
);
CREATE INDEX event_notices_due ON event_notices(due_at);

CREATE TABLE calendars(
  user_id BIGINT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  google_read_at BIGINT,
  apple_read_at BIGINT,
  other_read_at BIGINT,
  secret_hash BYTEA NOT NULL UNIQUE  -- SHA-256
);
