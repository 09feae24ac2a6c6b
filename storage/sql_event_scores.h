// Which events one might like, and why.
//
//   score = 0.35 interests + 0.30 friends + 0.15 club + 0.10 soon + 0.10 popular,  each 0 to 1
//
//   interests  how many of the event's tags are among the reader's interests (without case), of
//              three, or of all where it has fewer
//   friends    how many who are confirmed the reader has a direct chat with, of three
//   club       1 where it is an event of a club that the reader is in
//   soon       1 where it begins now, less by the day, 0 from 30 days on
//   popular    how many people are confirmed, guests included, of 50
//
// The reason is that of the five which adds most to the score (the first of equal ones). Scored are
// the next kScoredMax events, by when they begin, that the reader sees in lists, did not make and
// has not answered, in the city (without case) and time asked for. A cursor holds the moment of the
// first page, by which the later ones are scored too; what has changed meanwhile may move an event
// from one page to another.
#pragma once

#include "storage/sql_event_access.h"

namespace kith {

inline constexpr std::uint32_t kScoredMax = 500;

struct EventMerits {
  double interests = 0;
  double friends = 0;
  double club = 0;
  double soon = 0;
  double popular = 0;
};
struct EventScore {
  int percent = 0;
  std::string_view reason;
};
EventScore score_event(const EventMerits& merits);

double merit_of_interests(const std::vector<std::string>& tags,
                          const std::vector<std::string>& interests);

Result<RecommendationList> recommend_events(SqlConnection& db, const Actor& reader,
                                            const RecommendationQuery& query);

}  // namespace kith
