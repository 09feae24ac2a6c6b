// The end of the streams: did everything that was acked arrive, and nothing after a right had
// ended?
#include <algorithm>

#include "tests/history/stream_check.h"

namespace kith::test {
namespace {

// RELIABILITY C10: state and ephemeral events stop within this of the right's end.
constexpr std::int64_t kEphemeralGraceNs = 2'000'000'000;

}  // namespace

void StreamCheck::right(const Record& record, Line line) {
  auto& losses =
      losses_[both(facts_.users.of(record.user), facts_.channel_names.of(record.channel))];
  if (record.change == "lost") {
    losses.push_back({.after = record.seq, .at = record.t, .line = line});
  } else if (!losses.empty()) {
    losses.back().until = std::min(losses.back().until, record.seq);
    losses.back().back_at = std::min(losses.back().back_at, record.t);
  }
}

const std::vector<StreamCheck::Lost>* StreamCheck::losses(Index user, Index channel) const {
  if (user == kNone) return nullptr;
  const auto found = losses_.find(both(user, channel));
  return found == losses_.end() || found->second.empty() ? nullptr : &found->second;
}

void StreamCheck::ephemeral(const Record& record, Line line) {
  const Index channel = facts_.channel_names.of(record.channel);
  const auto* lost = losses(client_of(record).user, channel);
  if (lost == nullptr) return;
  const Lost& last = lost->back();
  if (record.t <= last.at + kEphemeralGraceNs || record.t >= last.back_at) return;
  reporter_.report("C10",
                   who(record) + " saw " + record.event + " more than 2 s after its right ended",
                   {last.line, line});
}

void StreamCheck::judge_rights(Index client, Index channel, const Coverage& covered) {
  const auto* lost = losses(clients_[client].user, channel);
  if (lost == nullptr) return;
  for (const Lost& loss : *lost) {
    const Seq first = covered.seen.first_in({loss.after + 1, loss.until - 1});
    if (first == 0) continue;
    reporter_.report("C10",
                     facts_.clients.name(client) + " got " + facts_.place(channel, first) +
                         ", and its right had ended with #" + std::to_string(loss.after),
                     {loss.line});
  }
}

// Holes are few and short, so each number of them is looked up.
void StreamCheck::judge_reach(Index client_index, Index channel, Coverage& covered) {
  const Client& client = clients_[client_index];
  if (client.conn == 0 || !covered.follows) return;
  const auto stream = client.streams.find(channel);
  if (stream == client.streams.end() || !stream->second.live) return;
  const auto* lost = losses(client.user, channel);
  const auto entitled = [&](Seq seq) {
    return lost == nullptr || std::none_of(lost->begin(), lost->end(), [&](const Lost& loss) {
             return loss.after < seq && seq < loss.until;
           });
  };
  const Channel& log = facts_.channel(channel);
  const Range all{covered.base + 1, log.acked_max};
  for (Seq seq = covered.seen.first_missing(all); seq != 0;
       seq = covered.seen.first_missing({seq + 1, all.to})) {
    if (covered.told.has(seq) || !entitled(seq)) continue;
    const auto slot = log.slots.find(seq);
    if (slot == log.slots.end() || slot->second.acked_line == 0) continue;
    reporter_.report("C1",
                     facts_.place(channel, seq) + " was acked, and " +
                         facts_.clients.name(client_index) + " never got it",
                     {slot->second.acked_line, stream->second.line});
  }
}

void StreamCheck::finish() {
  for (auto& [key, covered] : coverage_) {
    const auto client = static_cast<Index>(key >> 32U);
    const auto channel = static_cast<Index>(key);
    if (client >= clients_.size()) continue;
    judge_reach(client, channel, covered);
    judge_rights(client, channel, covered);
  }
}

}  // namespace kith::test
