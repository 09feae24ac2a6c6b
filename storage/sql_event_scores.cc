#include "storage/sql_event_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "storage/sql_accounts.h"
#include "storage/sql_blocks.h"
#include "storage/sql_event_cursor.h"
#include "storage/sql_event_lists.h"
#include "storage/sql_profiles.h"

namespace kith {
namespace {

constexpr double kManyFriends = 3;
constexpr double kManyTags = 3;
constexpr double kManyPeople = 50;
constexpr double kFarDays = 30;

double share(double of, double all) {
  return std::clamp(of / all, 0.0, 1.0);
}

// By event: how many who are confirmed the reader has a direct chat with.
std::map<ChannelKey, std::int64_t> count_friends(SqlConnection& db, UserKey reader) {
  std::map<ChannelKey, std::int64_t> out;
  auto rows = db.query(
      "SELECT a.event_id, COUNT(*) FROM chat_participants p "
      "JOIN chat_chats h ON h.id = p.chat_id AND h.type = $1 "
      "JOIN chat_participants o ON o.chat_id = p.chat_id AND o.user_id <> p.user_id "
      "JOIN event_attendees a ON a.user_id = o.user_id AND a.status = $2 "
      "WHERE p.user_id = $3 AND p.status = 0 AND " KITH_NO_BLOCK("$3",
                                                                 "o.user_id") "GROUP BY a.event_id",
      static_cast<int>(ChatType::direct), static_cast<int>(RsvpStatus::confirmed), reader);
  while (rows.next()) out[ChannelKey{rows.integer(0)}] = rows.integer(1);
  return out;
}

std::vector<EventRow> find_candidates(SqlConnection& db, const Actor& reader,
                                      const RecommendationQuery& query, const std::string& city) {
  const TimeWindow window = window_of(query.from, query.until, reader.now);
  std::vector<EventRow> out;
  auto rows = db.query("SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES "WHERE " KITH_EVENT_LISTED
                       " AND e.start_time >= $3 AND e.start_time < $4 AND e.creator_id <> $1 "
                       "AND " KITH_NO_BLOCK("$1", "e.creator_id")
                       "AND ($5 = '' OR e.city_key = $5) AND e.premium_only >= $6 "
                       "AND NOT EXISTS (SELECT 1 FROM event_attendees a WHERE a.event_id = e.id "
                       "AND a.user_id = $1) ORDER BY e.start_time, e.id LIMIT $7",
                       reader.key, static_cast<int>(ClubStatus::approved),
                       std::max(window.from, reader.now), window.until, city,
                       query.premium_only ? 1 : 0, kScoredMax);
  while (rows.next()) out.push_back(read_event_columns(rows));
  return out;
}

struct Scored {
  EventRow row;
  EventScore score;

  // Best first; of equal ones what begins first.
  std::array<std::int64_t, 3> rank() const {
    return {-score.percent, row.record.fields.start_time.time_since_epoch().count(),
            static_cast<std::int64_t>(row.channel.key)};
  }
};

class Scorer {
 public:
  Scorer(SqlConnection& db, const Actor& reader, std::vector<std::string> interests)
      : db_(db),
        reader_(reader),
        interests_(std::move(interests)),
        friends_(count_friends(db, reader.key)) {}

  EventScore score(const EventRow& row) const {
    const EventFields& fields = row.record.fields;
    const auto known = friends_.find(row.channel.key);
    const auto days =
        std::chrono::duration_cast<std::chrono::hours>(fields.start_time - reader_.now) / 24;
    const bool in_club = row.club && is_club_member(db_, *row.club, reader_.key);
    return score_event({.interests = merit_of_interests(fields.tags, interests_),
                        .friends = known == friends_.end()
                                       ? 0
                                       : share(static_cast<double>(known->second), kManyFriends),
                        .club = in_club ? 1.0 : 0.0,
                        .soon = 1 - share(static_cast<double>(days.count()), kFarDays),
                        .popular = share(row.record.seats_taken, kManyPeople)});
  }

 private:
  SqlConnection& db_;
  const Actor& reader_;
  const std::vector<std::string> interests_;
  const std::map<ChannelKey, std::int64_t> friends_;
};

}  // namespace

double merit_of_interests(const std::vector<std::string>& tags,
                          const std::vector<std::string>& interests) {
  if (tags.empty()) return 0;
  const auto shared = std::count_if(tags.begin(), tags.end(), [&](const std::string& tag) {
    return std::any_of(interests.begin(), interests.end(), [&](const std::string& interest) {
      return email_key_of(interest) == email_key_of(tag);
    });
  });
  return share(static_cast<double>(shared), std::min(static_cast<double>(tags.size()), kManyTags));
}

EventScore score_event(const EventMerits& merits) {
  struct Part {
    double points;
    std::string_view reason;
  };
  const std::array parts{
      Part{0.35 * merits.interests, "Matches your interests"},
      Part{0.30 * merits.friends, "Friends attending"}, Part{0.15 * merits.club, "From your club"},
      Part{0.10 * merits.soon, "Starting soon"}, Part{0.10 * merits.popular, "Popular"}};
  double sum = 0;
  const Part* best = &parts[0];
  for (const Part& part : parts) {
    sum += part.points;
    if (part.points > best->points) best = &part;
  }
  return {.percent = static_cast<int>(std::lround(100 * sum)),
          .reason = best->points > 0 ? best->reason : "Coming up"};
}

Result<RecommendationList> recommend_events(SqlConnection& db, const Actor& actor,
                                            const RecommendationQuery& query) {
  Actor reader = actor;
  std::optional<std::array<std::int64_t, 3>> after;
  if (query.cursor) {
    const auto numbers = parse_event_cursor<4>(*query.cursor);
    if (!numbers) return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    // As of the first page's moment; never of one to come.
    reader.now = std::min(reader.now, WallTime{std::chrono::milliseconds{(*numbers)[0]}});
    after = {(*numbers)[1], (*numbers)[2], (*numbers)[3]};
  }
  Tastes profile = read_tastes(db, reader.key);
  const std::string city = email_key_of(query.city.value_or(profile.city));
  const Scorer scorer(db, reader, std::move(profile.interests));
  std::vector<Scored> scored;
  for (EventRow& row : find_candidates(db, reader, query, city)) {
    const EventScore score = scorer.score(row);
    scored.push_back({.row = std::move(row), .score = score});
    if (after && scored.back().rank() <= *after) scored.pop_back();
  }
  std::sort(scored.begin(), scored.end(),
            [](const Scored& left, const Scored& right) { return left.rank() < right.rank(); });

  RecommendationList out;
  for (Scored& next : scored) {
    if (out.events.size() == query.limit) break;
    const auto rank = next.rank();
    const auto standing = standing_of(db, std::move(next.row), reader.key);
    if (!standing) continue;
    out.events.push_back({.event = present_event(db, *standing, reader.key),
                          .score_percent = next.score.percent,
                          .reason = next.score.reason});
    if (out.events.size() == query.limit && &next != &scored.back()) {
      out.next_cursor =
          make_event_cursor<4>({reader.now.time_since_epoch().count(), rank[0], rank[1], rank[2]});
    }
  }
  return out;
}

}  // namespace kith
