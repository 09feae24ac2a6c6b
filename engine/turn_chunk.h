// What a channel says in one turn: the frames of all its events, joined once, and how each
// session's copy may differ from the whole (ARCHITECTURE 2.6). Most sessions get all of it in one
// copy.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/session_ref.h"
#include "protocol/ids.h"

namespace kith {

enum class Tier : std::uint8_t { durable, state, ephemeral };

// One event's frame within the chunk.
struct Segment {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  Tier tier = Tier::durable;
  Seq seq = 0;                          // durable only
  bool counted = false;                 // who gets it is counted: a broadcast
  bool watchers_only = false;           // presence: for those who asked
  std::optional<UserId> except_user{};  // no echo of one's own
  std::optional<SessionRef> except_session{};
  // `origin` gets `ack` in place of the frame; `acked_user`'s sessions get it before the frame.
  std::optional<SessionRef> origin{};
  std::optional<UserId> acked_user{};
  std::uint32_t ack_begin = 0;  // in acks
  std::uint32_t ack_end = 0;
  std::uint64_t state_key = 0;  // state only: what a newer value supersedes
};

struct TurnChunk {
  std::shared_ptr<std::string> bytes;  // null: nothing yet
  std::string acks;
  std::vector<Segment> segments;
  // Every session but the origins gets all of `bytes`.
  bool uniform = true;
  bool counted = false;  // one of the segments is
  // Sessions with a place of their own in it, to be told from the others by one comparison.
  std::vector<SessionRef> origins;

  bool empty() const { return segments.empty(); }
  void clear() {
    bytes.reset();
    acks.clear();
    segments.clear();
    origins.clear();
    uniform = true;
    counted = false;
  }

  Segment& add(std::string_view frame, Tier tier) {
    if (!bytes) bytes = std::make_shared<std::string>();
    const auto begin = static_cast<std::uint32_t>(bytes->size());
    *bytes += frame;
    segments.push_back(
        Segment{.begin = begin, .end = static_cast<std::uint32_t>(bytes->size()), .tier = tier});
    return segments.back();
  }
  void add_ack(Segment& segment, std::string_view ack) {
    segment.ack_begin = static_cast<std::uint32_t>(acks.size());
    acks += ack;
    segment.ack_end = static_cast<std::uint32_t>(acks.size());
  }
  std::string_view frame(const Segment& segment) const {
    return std::string_view(*bytes).substr(segment.begin, segment.end - segment.begin);
  }
  std::string_view ack(const Segment& segment) const {
    return std::string_view(acks).substr(segment.ack_begin, segment.ack_end - segment.ack_begin);
  }
  // The last durable seq before this chunk; `delivered` is the channel's position behind it.
  Seq position_before(Seq delivered) const {
    for (const Segment& segment : segments) {
      if (segment.tier == Tier::durable) return segment.seq - 1;
    }
    return delivered;
  }
};

}  // namespace kith
