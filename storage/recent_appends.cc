#include "storage/recent_appends.h"

#include <sodium.h>

#include <cstring>

namespace kith {
namespace {

constexpr std::size_t kEntries = 1U << 17U;  // 1 MiB: about a second at full speed

}  // namespace

RecentAppends::RecentAppends() : hashes_(kEntries) {
  randombytes_buf(key_.data(), key_.size());
}

bool RecentAppends::seen(const Append& append) {
  std::array<std::uint8_t, 24 + limits::kClientMessageIdBytesMax> bytes{};
  const auto sender = static_cast<std::int64_t>(append.sender_key);
  const std::string_view client_id =
      std::string_view(append.client_message_id).substr(0, limits::kClientMessageIdBytesMax);
  std::memcpy(bytes.data(), &sender, sizeof sender);
  std::memcpy(bytes.data() + 8, append.chat.uuid.data(), 16);
  std::memcpy(bytes.data() + 24, client_id.data(), client_id.size());
  std::uint64_t hash = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), bytes.data(), 24 + client_id.size(),
                   key_.data());
  std::uint64_t& slot = hashes_[hash % kEntries];
  if (slot == hash) return true;
  slot = hash;
  return false;
}

}  // namespace kith
