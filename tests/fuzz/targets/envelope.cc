// What travels between nodes: whoever can write to Redis could have written it. What is accepted is
// exactly what we would have written ourselves, whole, and within its limits.
#include "storage/bus_envelope.h"

#include "tests/fuzz/fuzz.h"

namespace kith::fuzz {
namespace {

std::string encoded(const Envelope& envelope) {
  std::string out;
  if (const auto* event = std::get_if<BusEventPtr>(&envelope.body)) {
    append_envelope(out, envelope.node, envelope.epoch, **event);
  } else {
    append_envelope(out, envelope.node, envelope.epoch, std::get<Announcement>(envelope.body));
  }
  return out;
}

bool is_whole_text_frame(std::string_view frame) {
  // FIN and text, unmasked, its length in the shortest form (RFC 6455 section 5.2).
  if (frame.size() < 2 || static_cast<unsigned char>(frame[0]) != 0x81) return false;
  const auto byte = [&](std::size_t at) {
    return std::uint64_t{static_cast<unsigned char>(frame[at])};
  };
  const std::uint64_t length = byte(1);
  if (length < 126) return frame.size() == 2 + length;
  const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (more == 0 || frame.size() < 2 + more) return false;
  std::uint64_t long_length = 0;
  for (std::size_t i = 0; i < more; ++i) long_length = long_length << 8 | byte(2 + i);
  const bool shortest = long_length > (more == 2 ? 125 : 65'535);
  return shortest && frame.size() == 2 + more + long_length;
}

void check_event(const BusEvent& event) {
  KITH_ASSERT(event.kind != BusKind::presence);
  if (event.kind != BusKind::durable && event.kind != BusKind::read) return;
  KITH_ASSERT(event.seq > 0);
  KITH_ASSERT(is_whole_text_frame(event.frame));
  KITH_ASSERT(event.sender_ack.empty() || is_whole_text_frame(event.sender_ack));
  if (event.kind != BusKind::durable) return;
  KITH_ASSERT(event.event.channel == event.channel && event.event.seq == event.seq);
}

}  // namespace
}  // namespace kith::fuzz

KITH_FUZZ_TARGET(envelope) {
  using namespace kith;
  using namespace kith::fuzz;
  const std::string_view bytes(input);
  const auto envelope = decode_envelope(bytes);
  if (!envelope) return;
  KITH_ASSERT(encoded(*envelope) == bytes);
  KITH_ASSERT(is_envelope_of(bytes, envelope->node));
  Uuid other = envelope->node;
  other[0] ^= 1;
  KITH_ASSERT(!is_envelope_of(bytes, other));
  if (const auto* event = std::get_if<BusEventPtr>(&envelope->body)) {
    check_event(**event);
  } else {
    const auto& announcement = std::get<Announcement>(envelope->body);
    KITH_ASSERT(announcement.here.size() <= kAnnouncedUsersMax);
    KITH_ASSERT(announcement.gone.size() <= kAnnouncedUsersMax);
  }
  // Neither less nor more of it is one.
  KITH_ASSERT(!decode_envelope(bytes.substr(0, bytes.size() - 1)));
  KITH_ASSERT(!decode_envelope(std::string(bytes) + '\0'));
}
