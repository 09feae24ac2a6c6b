#include "bench/limit/message_source.h"

#include <chrono>

namespace kith::limit {

MessageSource::MessageSource(const Shape& shape)
    : shape_(shape), last_(static_cast<std::size_t>(shape.channels)) {
  content_ = R"({"type":"text","text":")";
  content_.append(static_cast<std::size_t>(shape.text_bytes), 'x');
  content_ += R"("})";
}

void MessageSource::next(SourceMessage& message) {
  using std::chrono::milliseconds;
  const auto channel = static_cast<std::int64_t>(random_() % last_.size());
  const auto senders = static_cast<std::uint64_t>(shape_.senders);
  message.channel = channel + 1;
  message.sender = channel * shape_.senders + static_cast<std::int64_t>(random_() % senders) + 1;
  message.seq = ++last_[static_cast<std::size_t>(channel)];
  message.sent_at_ms =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  message.client_message_id = crockford(sorted_id(message.sent_at_ms));
  message.id = sorted_id(message.sent_at_ms);
}

// The order of those within a millisecond is kept by a counter behind the time (RFC 9562 section
// 6.2, method 1); it runs on into the next millisecond rather than over.
std::array<std::uint8_t, 16> MessageSource::sorted_id(std::int64_t now_ms) {
  constexpr std::uint32_t kCountMax = (1U << 26U) - 1;
  if (now_ms > id_ms_ || id_count_ == kCountMax) {
    id_ms_ = std::max(now_ms, id_ms_ + 1);
    id_count_ = 0;
  }
  ++id_count_;
  std::array<std::uint8_t, 16> id{};
  for (unsigned i = 0; i < 6; ++i) {
    id[i] = static_cast<std::uint8_t>(id_ms_ >> (40U - 8U * i) & 0xFF);
  }
  id[6] = static_cast<std::uint8_t>(0x70U | id_count_ >> 22U);
  id[7] = static_cast<std::uint8_t>(id_count_ >> 14U & 0xFFU);
  id[8] = static_cast<std::uint8_t>(0x80U | (id_count_ >> 8U & 0x3FU));
  id[9] = static_cast<std::uint8_t>(id_count_ & 0xFFU);
  const std::uint64_t tail = random_();
  for (unsigned i = 0; i < 6; ++i) id[10 + i] = static_cast<std::uint8_t>(tail >> 8U * i & 0xFFU);
  return id;
}

std::string crockford(const std::array<std::uint8_t, 16>& id) {
  std::string out(26, '0');
  // 130 bits in digits for 128 in bytes: the first digit has three.
  std::uint32_t held = 0;
  unsigned bits = 2;
  std::size_t at = 0;
  for (const std::uint8_t byte : id) {
    held = held << 8U | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out[at++] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[held >> bits & 31U];
    }
  }
  return out;
}

}  // namespace kith::limit
