// Makes the messages that the bare SQLite loop stores: spread evenly over channels and senders,
// with ids as kith-bench and kithd make them (UUIDv7: sorted by time) and content of the same size.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace kith::limit {

struct SourceMessage {
  std::int64_t channel = 0;  // from 1, as are senders
  std::int64_t sender = 0;
  std::int64_t seq = 0;
  std::int64_t sent_at_ms = 0;
  std::array<std::uint8_t, 16> id{};
  std::string client_message_id;  // 26 digits of Crockford's base32
};

class MessageSource {
 public:
  struct Shape {
    int channels = 1;
    int senders = 1;  // per channel
    int text_bytes = 64;
  };
  explicit MessageSource(const Shape& shape);

  void next(SourceMessage& message);
  std::int64_t last_seq(std::int64_t channel) const {
    return last_[static_cast<std::size_t>(channel - 1)];
  }
  const std::string& content() const { return content_; }

 private:
  std::array<std::uint8_t, 16> sorted_id(std::int64_t now_ms);

  Shape shape_;
  std::vector<std::int64_t> last_;
  std::string content_;
  std::mt19937_64 random_{42};
  std::int64_t id_ms_ = 0;
  std::uint32_t id_count_ = 0;
};

std::string crockford(const std::array<std::uint8_t, 16>& id);

}  // namespace kith::limit
