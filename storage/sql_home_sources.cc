#include "storage/sql_home_sources.h"

#include <algorithm>
#include <utility>

#include "engine/ports/clubs.h"
#include "engine/ports/events.h"
#include "storage/sql_accounts.h"
#include "storage/sql_blocks.h"
#include "storage/sql_club_posts.h"

namespace kith {
namespace {

enum class FeedSource : std::int64_t { club_feed = 0, rsvp = 1, recommendation = 2 };
constexpr std::int64_t kFeedSources = 4;

constexpr std::chrono::hours kRecommendedFor{24 * 30};
constexpr std::uint32_t kEventsLookedAt = 50;  // the soonest of one's clubs

FeedPlace feed_place(FeedSource source, std::int64_t at, std::int64_t key) {
  return {.at = at, .order = key * kFeedSources + static_cast<std::int64_t>(source)};
}

// The least key of the source that stands no further down than this place.
std::int64_t key_below(const FeedPlace& before, FeedSource source) {
  return (before.order - static_cast<std::int64_t>(source) + kFeedSources - 1) / kFeedSources;
}

struct ActiveClub {
  ChannelKey key{};
  FeedClub club;
  std::int64_t newest = 0;
};

// The reader's clubs with something below the place, those that spoke last first.
std::vector<ActiveClub> active_clubs(SqlConnection& db, const FeedReader& reader,
                                     std::size_t most) {
  std::vector<ActiveClub> out;
  auto rows = db.query(
      "SELECT newest.club_id, c.public_id, k.name, newest.last_at FROM (SELECT m.club_id, "
      "(SELECT f.created_at FROM club_feed f WHERE f.club_id = m.club_id AND "
      "(f.created_at, f.id) < ($1, $2) ORDER BY f.created_at DESC, f.id DESC LIMIT 1) AS last_at "
      "FROM club_memberships m WHERE m.user_id = $3 AND m.status = 0) newest "
      "JOIN channels c ON c.id = newest.club_id JOIN clubs k ON k.id = newest.club_id "
      "WHERE newest.last_at IS NOT NULL ORDER BY newest.last_at DESC LIMIT $4",
      reader.before.at, key_below(reader.before, FeedSource::club_feed), reader.key,
      static_cast<std::int64_t>(most));
  while (rows.next()) {
    out.push_back({.key = ChannelKey{rows.integer(0)},
                   .club = {.id = ClubId{rows.uuid(1)}, .name = std::string(rows.text(2))},
                   .newest = rows.integer(3)});
  }
  return out;
}

void add_of_club(SqlConnection& db, const FeedReader& reader, const ActiveClub& club,
                 NewestCandidates& into) {
  auto rows = db.query("SELECT " KITH_FEED_COLUMNS ", f.created_at " KITH_FEED_TABLES
                       "WHERE f.club_id = $1 AND (f.created_at, f.id) < ($2, $3) "
                       "AND (p.author_id IS NULL OR (" KITH_NO_BLOCK("$4", "p.author_id") ")) "
                       "ORDER BY f.created_at DESC, f.id DESC LIMIT $5",
                       club.key, reader.before.at,
                       key_below(reader.before, FeedSource::club_feed), reader.key,
                       static_cast<std::int64_t>(into.most()));
  while (rows.next()) {
    const FeedPlace place =
        feed_place(FeedSource::club_feed, rows.integer(kFeedColumns), rows.integer(0));
    if (into.closed_to(place.at)) return;
    const auto type = static_cast<FeedItem::Type>(rows.integer(1));
    FeedCandidate candidate{.place = place, .type = "event", .club = club.club};
    if (type == FeedItem::Type::event) {
      candidate.event = ChannelKey{rows.integer(2)};
    } else if (rows.is_null(kFeedPostId)) {
      continue;  // it is gone
    } else {
      candidate.type = type == FeedItem::Type::media ? "media" : "post";
      candidate.post = PostId{rows.uuid(kFeedPostId)};
      candidate.post_json = feed_post(rows);
    }
    into.add(std::move(candidate));
  }
}

struct ActiveEvent {
  ChannelKey key{};
  ChannelKey club_key{};
  FeedClub club;
};

// Published ones of the reader's clubs that are not over.
std::vector<ActiveEvent> events_of_clubs(SqlConnection& db, const FeedReader& reader) {
  std::vector<ActiveEvent> out;
  auto rows = db.query(
      "SELECT e.id, e.club_id, c.public_id, k.name FROM club_memberships m "
      "JOIN events e ON e.club_id = m.club_id JOIN channels c ON c.id = e.club_id "
      "JOIN clubs k ON k.id = e.club_id WHERE m.user_id = $1 AND m.status = 0 AND e.status = $2 "
      "AND e.start_time > $3 AND e.end_time > $4 ORDER BY e.start_time, e.id LIMIT $5",
      reader.key, static_cast<int>(EventStatus::published), reader.now - kEventLengthMax,
      reader.now, kEventsLookedAt);
  while (rows.next()) {
    out.push_back({.key = ChannelKey{rows.integer(0)},
                   .club_key = ChannelKey{rows.integer(1)},
                   .club = {.id = ClubId{rows.uuid(2)}, .name = std::string(rows.text(3))}});
  }
  return out;
}

void add_guests(SqlConnection& db, const FeedReader& reader, const ActiveEvent& event,
                NewestCandidates& into) {
  auto rows = db.query(
      "SELECT a.user_id, a.updated_at, a.public_id, c.public_id, u.display_name "
      "FROM event_attendees a JOIN users u ON u.id = a.user_id JOIN channels c ON c.id = a.user_id "
      "WHERE a.event_id = $1 AND a.status = $2 AND a.user_id <> $3 "
      "AND (a.updated_at, a.user_id) < ($4, $5) AND EXISTS (SELECT 1 FROM club_memberships x "
      "WHERE x.club_id = $6 AND x.user_id = a.user_id AND x.status = 0) "
      "AND " KITH_NO_BLOCK("$3", "a.user_id") "ORDER BY a.updated_at DESC, a.user_id DESC LIMIT $7",
      event.key, static_cast<int>(RsvpStatus::confirmed), reader.key, reader.before.at,
      key_below(reader.before, FeedSource::rsvp), event.club_key,
      static_cast<std::int64_t>(into.most()));
  while (rows.next()) {
    const FeedPlace place = feed_place(FeedSource::rsvp, rows.integer(1), rows.integer(0));
    if (into.closed_to(place.at)) return;
    into.add(
        {.place = place,
         .type = "rsvp",
         .event = event.key,
         .club = event.club,
         .actor = FeedPerson{.id = UserId{rows.uuid(3)}, .display_name = std::string(rows.text(4))},
         .rsvp = RsvpId{rows.uuid(2)}});
  }
}

}  // namespace

void NewestCandidates::add(FeedCandidate candidate) {
  const auto further_down = [](const FeedCandidate& left, const FeedCandidate& right) {
    return left.place > right.place;
  };
  kept_.insert(std::ranges::upper_bound(kept_, candidate, further_down), std::move(candidate));
  if (kept_.size() > most_) kept_.pop_back();
}

bool NewestCandidates::closed_to(std::int64_t at) const {
  return kept_.size() == most_ && kept_.back().place.at > at;
}

void add_of_clubs(SqlConnection& db, const FeedReader& reader, NewestCandidates& into) {
  for (const ActiveClub& club : active_clubs(db, reader, into.most())) {
    if (into.closed_to(club.newest)) return;
    add_of_club(db, reader, club, into);
  }
}

void add_of_people(SqlConnection& db, const FeedReader& reader, NewestCandidates& into) {
  for (const ActiveEvent& event : events_of_clubs(db, reader)) {
    add_guests(db, reader, event, into);
  }
}

// What one's clubs publish stands in the feed by itself.
void add_recommended(SqlConnection& db, const FeedReader& reader, NewestCandidates& into) {
  std::string city;
  {
    auto row = db.query("SELECT city FROM users WHERE id = $1", reader.key);
    if (row.next()) city = email_key_of(row.text(0));
  }
  if (city.empty()) return;
  auto rows = db.query(
      "SELECT e.id, e.published_at FROM events e WHERE e.city_key = $1 AND e.published_at > $2 "
      "AND (e.published_at, e.id) < ($3, $4) AND e.status = $5 AND e.visibility = $6 "
      "AND e.end_time > $7 AND e.creator_id <> $8 AND " KITH_NO_BLOCK("$8", "e.creator_id")
      "AND NOT EXISTS (SELECT 1 FROM club_memberships m WHERE m.club_id = e.club_id "
      "AND m.user_id = $8 AND m.status = 0) "
      "ORDER BY e.published_at DESC, e.id DESC LIMIT $9",
      city, reader.now - kRecommendedFor, reader.before.at,
      key_below(reader.before, FeedSource::recommendation),
      static_cast<int>(EventStatus::published), static_cast<int>(EventVisibility::everybody),
      reader.now, reader.key, static_cast<std::int64_t>(into.most()));
  while (rows.next()) {
    const FeedPlace place =
        feed_place(FeedSource::recommendation, rows.integer(1), rows.integer(0));
    into.add({.place = place, .type = "recommendation", .event = ChannelKey{rows.integer(0)}});
  }
}

}  // namespace kith
