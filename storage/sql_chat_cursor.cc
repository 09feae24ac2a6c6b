#include "storage/sql_chat_cursor.h"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace kith {
namespace {

constexpr std::size_t kPlaceBytes = 16;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kTextBytes = 43;  // base64 of 32 bytes, without padding
using CursorBytes = std::array<unsigned char, kPlaceBytes + kTagBytes>;

void put(unsigned char* at, std::uint64_t number) {
  for (int i = 0; i < 8; ++i) at[i] = static_cast<unsigned char>(number >> (8 * i));
}

std::uint64_t get(const unsigned char* at) {
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out |= std::uint64_t{at[i]} << (8 * i);
  return out;
}

// Of the store's key, the user and the place. The key's length is fixed per store and leads.
std::array<unsigned char, kTagBytes> tag_of(SqlConnection& db, UserKey user,
                                            const unsigned char* place) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kTagBytes);
  {
    auto key = db.query("SELECT value FROM meta WHERE key = 'digest_key'");
    if (key.next()) {
      const auto bytes = key.text(0);
      crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                                bytes.size());
    }
  }
  std::array<unsigned char, 8> reader{};
  put(reader.data(), static_cast<std::uint64_t>(user));
  crypto_generichash_update(&state, reader.data(), reader.size());
  crypto_generichash_update(&state, place, kPlaceBytes);
  std::array<unsigned char, kTagBytes> tag{};
  crypto_generichash_final(&state, tag.data(), tag.size());
  return tag;
}

std::string text_of(const CursorBytes& bytes) {
  std::array<char, kTextBytes + 1> text{};
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return {text.data(), kTextBytes};
}

}  // namespace

std::string make_chat_cursor(SqlConnection& db, UserKey user, const ChatPlace& place) {
  CursorBytes bytes{};
  put(bytes.data(), place.activity);
  put(bytes.data() + 8, static_cast<std::uint64_t>(place.chat));
  const auto tag = tag_of(db, user, bytes.data());
  std::copy(tag.begin(), tag.end(), bytes.begin() + kPlaceBytes);
  return text_of(bytes);
}

std::optional<ChatPlace> parse_chat_cursor(SqlConnection& db, UserKey user, std::string_view text) {
  if (text.size() != kTextBytes) return std::nullopt;
  CursorBytes bytes{};
  std::size_t length = 0;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length,
                        nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      length != bytes.size()) {
    return std::nullopt;
  }
  // libsodium 1.0.18 takes some bytes above 0x7F for digits.
  if (text_of(bytes) != text) return std::nullopt;
  const auto tag = tag_of(db, user, bytes.data());
  if (sodium_memcmp(tag.data(), bytes.data() + kPlaceBytes, kTagBytes) != 0) return std::nullopt;
  return ChatPlace{.activity = get(bytes.data()),
                   .chat = ChannelKey{static_cast<std::int64_t>(get(bytes.data() + 8))}};
}

}  // namespace kith
