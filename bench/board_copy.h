// One reader's copy of a live leaderboard, kept by what comes (protocol/README.md, Leaderboards).
// Pure: tests feed it every kind of frame.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kith::bench {

struct BoardEntry {
  std::string user;
  std::int64_t score = 0;
  bool operator==(const BoardEntry&) const = default;
};

class BoardCopy {
 public:
  // `misfit`: what the frame builds on is not this copy; it takes a new one to go on.
  enum class Fit : std::uint8_t { applied, old, misfit };

  // A whole board, as `leaderboard` answers.
  void take(simdjson::dom::element answer);
  // A `leaderboard.updated`.
  Fit apply(simdjson::dom::element frame);

  bool whole() const { return whole_; }  // it has been taken
  std::uint64_t revision() const { return revision_; }
  const std::vector<BoardEntry>& entries() const { return entries_; }  // by rank

 private:
  void put_in(simdjson::dom::element frame);

  bool whole_ = false;
  std::uint64_t revision_ = 0;
  std::vector<BoardEntry> entries_;
};

// `items` or `entries` of an answer, at their ranks. Ranks beyond `kBoardRanksMax` are left out.
inline constexpr std::size_t kBoardRanksMax = 100;  // what a live board shows
void put_in_entries(simdjson::dom::element list, std::vector<BoardEntry>& entries);

}  // namespace kith::bench
