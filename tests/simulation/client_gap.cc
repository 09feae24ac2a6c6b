// What a client makes of a gap it is told of: it begins where the client stands, and there is a
// reason for it. A server that tells one at every turn loses nothing that a checker of histories
// would miss, and has its clients load everything anew all day.
#include "storage/memory_log.h"
#include "tests/simulation/client.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

namespace {

// What was missed may have been edited or deleted since the server measured it: then it was more.
constexpr std::size_t kSurelyReplayedBytes = limits::kReplayBytesMax / 2;

}  // namespace

void Client::judge_gap(const Frame& frame, const std::string& channel, const Follow& follow,
                       const std::optional<Seq>& after) {
  const Frame gap = frame.at("gap");
  const Seq from = gap.number("from");
  const Seq to = gap.number("to");
  const auto tell = [&](const std::string& why) {
    violation("at " + std::to_string(follow.position) + " of " + channel + ", then a gap of " +
              std::to_string(from) + " to " + std::to_string(to) + why);
  };
  // Its own messages were acked, ahead of what it had fallen behind.
  bool begins_here = from <= follow.position + 1;
  for (Seq at = from; at <= follow.position && begins_here; ++at) {
    begins_here = follow.own.contains(at);
  }
  if (!gap.valid() || !begins_here || to != frame.number("seq")) {
    tell("");
  } else if (!world_.store.has_trimmed(*ChannelId::parse(channel), from) &&
             !(after && too_much_missed(channel, *after))) {
    tell(", and no reason for it");
  }
  world_.recorder.add({.kind = test::Kind::Gap,
                       .client = name,
                       .conn = conn_,
                       .channel = channel,
                       .from = from,
                       .to = to});
}

// By the log of now, in which there is at least as much behind the position as when the server
// looked. Where the store did not answer there is no gap: `unavailable` ends the attaching.
bool Client::too_much_missed(const std::string& channel, Seq after) const {
  const auto missed = memory::measure(world_.store.tables, *ChannelId::parse(channel), after);
  if (!missed) return false;
  return missed->events > limits::kReplayEventsMax || missed->bytes > kSurelyReplayedBytes;
}

}  // namespace kith::simulation
