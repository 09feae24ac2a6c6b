// Where the items of one's feed come from (engine/ports/feeds.h). Each source looks up its newest
// below a place, by an index, and stops as soon as nothing of it can be among the newest of all:
// of a hundred clubs those alone are read that said something lately.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/feeds.h"
#include "storage/sql_connection.h"

namespace kith {

// A place in the feed: by time, and then by the source's own key. Smaller is further down.
struct FeedPlace {
  std::int64_t at = 0;     // Unix milliseconds
  std::int64_t order = 0;  // the key times four, and which source it is of
  auto operator<=>(const FeedPlace&) const = default;
};

struct FeedClub {
  ClubId id;
  std::string name;
};
struct FeedPerson {
  UserId id;
  std::string display_name;
};

struct FeedCandidate {
  FeedPlace place;
  std::string_view type;
  std::optional<PostId> post{};       // of a post, or of media
  std::string post_json{};            // likewise
  std::optional<ChannelKey> event{};  // of anything else
  std::optional<FeedClub> club{};
  std::optional<FeedPerson> actor{};  // of an rsvp
  std::optional<RsvpId> rsvp{};       // likewise
};

// The newest of what was added, as many as asked for.
class NewestCandidates {
 public:
  explicit NewestCandidates(std::size_t most) : most_(most) {}

  void add(FeedCandidate candidate);
  // Nothing of this time or before can come among them any more.
  bool closed_to(std::int64_t at) const;
  std::size_t most() const { return most_; }
  std::vector<FeedCandidate> take() { return std::move(kept_); }  // newest first

 private:
  std::size_t most_;
  std::vector<FeedCandidate> kept_;
};

struct FeedReader {
  UserKey key{};
  WallTime now{};
  FeedPlace before;
};

void add_of_clubs(SqlConnection& db, const FeedReader& reader, NewestCandidates& into);
void add_of_people(SqlConnection& db, const FeedReader& reader, NewestCandidates& into);
void add_recommended(SqlConnection& db, const FeedReader& reader, NewestCandidates& into);

}  // namespace kith
