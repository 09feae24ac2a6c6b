#include "bench/board_copy.h"

#include <algorithm>

#include "bench/json_fields.h"

namespace kith::bench {

void put_in_entries(simdjson::dom::element list, std::vector<BoardEntry>& entries) {
  simdjson::dom::array items;
  if (list.get(items) != simdjson::SUCCESS) return;
  for (const auto item : items) {
    const auto rank = number_of(item, "rank");
    if (rank == 0 || rank > kBoardRanksMax) continue;
    if (entries.size() < rank) entries.resize(rank);
    BoardEntry& entry = entries[rank - 1];
    entry.user = text_of(item, "user_id");
    entry.score = signed_of(item, "score");
  }
}

void BoardCopy::put_in(simdjson::dom::element frame) {
  simdjson::dom::element entries;
  if (frame["entries"].get(entries) == simdjson::SUCCESS) put_in_entries(entries, entries_);
  const auto total = number_of(frame, "total");
  if (entries_.size() > total) entries_.resize(total);
  revision_ = number_of(frame, "revision");
}

void BoardCopy::take(simdjson::dom::element answer) {
  entries_.clear();
  put_in(answer);
  whole_ = true;
}

BoardCopy::Fit BoardCopy::apply(simdjson::dom::element frame) {
  if (!whole_) return Fit::old;  // the answer that is under way is not older than this
  if (number_of(frame, "revision") <= revision_) return Fit::old;
  if (number_of(frame, "base") != revision_) {
    whole_ = false;
    return Fit::misfit;
  }
  put_in(frame);
  return Fit::applied;
}

}  // namespace kith::bench
