// Whom one might like to know.
//
//   score = 0.5 interests + 0.3 clubs + 0.2 city,  each 0 to 1
//
//   interests  how many both have (without case), of five, or of the reader's where those are fewer
//   clubs      how many both are in, of three
//   city       1 where both live in the same (without case), and name one
//
// The reason that is told is the part that counts most.
//
// Looked at are the kPeopleMax of the reader's city who were there last, as many who share a club,
// and of each of the reader's interests the kPeopleOfInterest who came last; without those the
// reader has a direct chat with, those a block lies between, and those of whom nothing is shared.
// In order of score, then of who came first.
#pragma once

#include <string_view>

#include "engine/ports/profiles.h"
#include "storage/sql_connection.h"

namespace kith {

inline constexpr std::uint32_t kPeopleMax = 300;
inline constexpr std::uint32_t kPeopleOfInterest = 30;  // of 50 interests at most

struct PersonMerits {
  std::size_t shared_interests = 0;
  std::size_t readers_interests = 0;
  std::size_t shared_clubs = 0;
  bool same_city = false;
};
struct PersonScore {
  int percent = 0;  // 0 to 100
  std::string_view reason;
};
PersonScore score_person(const PersonMerits& merits);

Result<PeopleList> recommend_people(SqlConnection& db, const Actor& reader,
                                    const PeopleQuery& query);

}  // namespace kith
