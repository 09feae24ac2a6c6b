#include "storage/sql_people_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "storage/sql_accounts.h"
#include "storage/sql_event_cursor.h"
#include "storage/sql_json_texts.h"
#include "storage/sql_profiles.h"

namespace kith {
namespace {

double share(std::size_t of, std::size_t all) {
  return all == 0 ? 0.0 : std::min(1.0, static_cast<double>(of) / static_cast<double>(all));
}

struct Candidate {
  UserKey key{};
  RecommendedPerson person;
  std::string city;
  std::vector<std::string> interests;

  std::array<std::int64_t, 2> rank() const {
    return {-person.score_percent, static_cast<std::int64_t>(key)};
  }
};

#define KITH_PERSON_COLUMNS                                   \
  "u.id, c.public_id, u.display_name, u.avatar_url, u.city, " \
  "COALESCE(f.interests, '[]')"
// For queries that have $1 for the reader.
#define KITH_PERSON_IS_NEW                                                   \
  "u.id <> $1 AND u.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM "       \
  "user_blocks b WHERE "                                                     \
  "(b.blocker_id = $1 AND b.blocked_id = u.id) OR (b.blocker_id = u.id AND " \
  "b.blocked_id = $1))"

void add_candidate(const SqlCursor& row, std::map<UserKey, Candidate>& out) {
  Candidate found{.key = UserKey{row.integer(0)}, .person = {}, .city = {}, .interests = {}};
  found.person.user = UserId{row.uuid(1)};
  found.person.display_name = row.text(2);
  found.person.avatar_url = row.text(3);
  found.city = row.text(4);
  found.interests = texts_of_json(row.text(5));
  out.try_emplace(found.key, std::move(found));
}

// Both fold as ASCII, as email_key_of() does: the index is for this very expression.
#define KITH_NEIGHBOURS(city)                                                            \
  "SELECT " KITH_PERSON_COLUMNS                                                          \
  " FROM users u JOIN channels c ON c.id = u.id "                                        \
  "LEFT JOIN user_profiles f ON f.user_id = u.id WHERE " KITH_PERSON_IS_NEW " AND " city \
  " = $2 ORDER BY u.last_active_at DESC, u.id LIMIT $3"

void add_neighbours(SqlConnection& db, UserKey reader, const std::string& city,
                    std::map<UserKey, Candidate>& out) {
  if (city.empty()) return;
  const char* const sql = db.is_shared() ? KITH_NEIGHBOURS("lower(u.city COLLATE \"C\")")
                                         : KITH_NEIGHBOURS("lower(u.city)");
  const std::string key = email_key_of(city);
  auto rows = db.query(sql, reader, key, kPeopleMax);
  while (rows.next()) add_candidate(rows, out);
}

void add_likeminded(SqlConnection& db, UserKey reader, const std::vector<std::string>& interests,
                    std::map<UserKey, Candidate>& out) {
  for (const std::string& key : interest_keys(interests)) {
    auto rows = db.query("SELECT " KITH_PERSON_COLUMNS
                         " FROM user_interests i JOIN users u ON u.id = i.user_id "
                         "JOIN channels c ON c.id = u.id "
                         "LEFT JOIN user_profiles f ON f.user_id = u.id WHERE " KITH_PERSON_IS_NEW
                         " AND i.interest = $2 ORDER BY i.user_id DESC LIMIT $3",
                         reader, key, kPeopleOfInterest);
    while (rows.next()) add_candidate(rows, out);
  }
}

void add_fellows(SqlConnection& db, UserKey reader, std::map<UserKey, Candidate>& out) {
  std::map<UserKey, std::uint32_t> shared;
  {
    auto rows = db.query(
        "SELECT n.user_id, COUNT(*) FROM club_memberships m JOIN "
        "club_memberships n "
        "ON n.club_id = m.club_id AND n.status = 0 AND n.user_id <> m.user_id "
        "WHERE m.user_id = $1 AND m.status = 0 GROUP BY n.user_id "
        "ORDER BY COUNT(*) DESC, n.user_id LIMIT $2",
        reader, kPeopleMax);
    while (rows.next()) {
      shared[UserKey{rows.integer(0)}] = static_cast<std::uint32_t>(rows.integer(1));
    }
  }
  for (const auto& [user, clubs] : shared) {
    auto row = db.query("SELECT " KITH_PERSON_COLUMNS
                        " FROM users u JOIN channels c ON c.id = u.id "
                        "LEFT JOIN user_profiles f ON f.user_id = u.id "
                        "WHERE " KITH_PERSON_IS_NEW " AND u.id = $2",
                        reader, user);
    if (row.next()) add_candidate(row, out);
    const auto found = out.find(user);
    if (found != out.end()) found->second.person.shared_clubs = clubs;
  }
}

bool have_direct_chat(SqlConnection& db, UserKey one, UserKey other) {
  const auto [lower, higher] = std::minmax(one, other);
  const std::string pair = std::to_string(static_cast<std::int64_t>(lower)) + ":" +
                           std::to_string(static_cast<std::int64_t>(higher));
  return db.query("SELECT 1 FROM chat_chats WHERE direct_key = $1", pair).next();
}

std::vector<std::string> shared_of(const std::vector<std::string>& mine,
                                   const std::vector<std::string>& theirs) {
  std::vector<std::string> out;
  for (const std::string& interest : theirs) {
    const bool both = std::any_of(mine.begin(), mine.end(), [&](const std::string& own) {
      return email_key_of(own) == email_key_of(interest);
    });
    if (both) out.push_back(interest);
  }
  return out;
}

std::vector<Candidate> scored_people(SqlConnection& db, UserKey reader) {
  const Tastes own = read_tastes(db, reader);
  std::map<UserKey, Candidate> found;
  add_neighbours(db, reader, own.city, found);
  add_fellows(db, reader, found);
  add_likeminded(db, reader, own.interests, found);
  std::vector<Candidate> out;
  for (auto& [key, candidate] : found) {
    if (have_direct_chat(db, reader, key)) continue;
    RecommendedPerson& person = candidate.person;
    person.mutual_interests = shared_of(own.interests, candidate.interests);
    const bool neighbours =
        !own.city.empty() && email_key_of(own.city) == email_key_of(candidate.city);
    const PersonScore score = score_person({.shared_interests = person.mutual_interests.size(),
                                            .readers_interests = own.interests.size(),
                                            .shared_clubs = person.shared_clubs,
                                            .same_city = neighbours});
    person.score_percent = score.percent;
    person.reason = score.reason;
    if (person.score_percent > 0) out.push_back(std::move(candidate));
  }
  std::sort(out.begin(), out.end(), [](const Candidate& left, const Candidate& right) {
    return left.rank() < right.rank();
  });
  return out;
}

}  // namespace

PersonScore score_person(const PersonMerits& merits) {
  constexpr std::size_t kManyInterests = 5;
  constexpr std::size_t kManyClubs = 3;
  struct Part {
    double points;
    std::string_view reason;
  };
  const double interests =
      share(merits.shared_interests, std::min(merits.readers_interests, kManyInterests));
  const std::array parts{Part{0.5 * interests, "Shares your interests"},
                         Part{0.3 * share(merits.shared_clubs, kManyClubs), "In a club with you"},
                         Part{merits.same_city ? 0.2 : 0.0, "In your city"}};
  double sum = 0;
  for (const Part& part : parts) sum += part.points;
  const Part& best = *std::ranges::max_element(parts, {}, &Part::points);  // the first of equals
  return {.percent = static_cast<int>(std::lround(100 * sum)), .reason = best.reason};
}

Result<PeopleList> recommend_people(SqlConnection& db, const Actor& reader,
                                    const PeopleQuery& query) {
  std::optional<std::array<std::int64_t, 2>> after;
  if (query.cursor) {
    after = parse_event_cursor<2>(*query.cursor);
    if (!after) return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
  }
  PeopleList out;
  std::array<std::int64_t, 2> last{};
  for (Candidate& candidate : scored_people(db, reader.key)) {
    if (after && candidate.rank() <= *after) continue;
    if (out.people.size() == query.limit) {
      out.next_cursor = make_event_cursor<2>(last);
      break;
    }
    last = candidate.rank();
    out.people.push_back(std::move(candidate.person));
  }
  return out;
}

}  // namespace kith
