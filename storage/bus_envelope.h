// What travels between nodes: one event, or one announcement of presence, in a compact binary form.
// Version 1, integers little-endian:
//
//   version 1 | kind 1 | node 16 | epoch 1+n | channel kind 1, uuid 16 | body by kind
//   durable   type, seq, at, flags, the optional ids and times, texts, the frame for subscribers,
//   the
//             sender's ack. The content is in the frame alone.
//   typing    user 16, start 1
//   read      user 16, seq 8, frame
//   announce  asks 1, users here, users gone
//   board     revision 8
//   state     what it is about 8, frame
//   spent     user 16, how many 8
//
// Decoding is strict: whoever can write to Redis could have written this. Every length is checked
// before it is believed, every enumeration against its range, a frame for being exactly one text
// frame, and nothing may be left over. What does not hold is no envelope.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/ports/bus.h"

namespace kith {

inline constexpr std::uint8_t kEnvelopeVersion = 1;
// Greater ones are neither sent nor read: no event comes near it (limits.frame_bytes is at most
// 16 MiB).
inline constexpr std::size_t kEnvelopeBytesMax = 32 * 1024 * 1024;
inline constexpr std::size_t kAnnouncedUsersMax = 4096;  // of one envelope, here and gone each

// Which users of a channel a node has: some of them, never all at once, so that losing one costs no
// more than a round.
struct Announcement {
  ChannelId channel;
  bool asks = false;  // the node has just begun to follow it: it wants the others' announcements
  std::vector<UserId> here;
  std::vector<UserId> gone;
};

struct Envelope {
  Uuid node{};
  std::string epoch;
  std::variant<BusEventPtr, Announcement> body;
};

// `event` is of a kind that crosses nodes: all but presence, which is announced.
void append_envelope(std::string& out, const Uuid& node, std::string_view epoch,
                     const BusEvent& event);
void append_envelope(std::string& out, const Uuid& node, std::string_view epoch,
                     const Announcement& announcement);

std::optional<Envelope> decode_envelope(std::string_view bytes);
// Without decoding it: Redis sends a node all that it has published itself.
bool is_envelope_of(std::string_view bytes, const Uuid& node);

}  // namespace kith
