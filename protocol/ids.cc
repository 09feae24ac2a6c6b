// Crockford's base32 (https://www.crockford.com/base32.html), upper case alone: one id has one
// text, so texts can be compared and cached as they are.
#include "protocol/ids.h"

#include <algorithm>

#include "protocol/assert.h"

namespace kith {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint8_t kNoDigit = 0xFF;

// Two digits at a time: half the look-ups.
constexpr std::array<std::array<char, 2>, 1024> kDigitPairs = [] {
  std::array<std::array<char, 2>, 1024> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kAlphabet[i >> 5], kAlphabet[i & 31]};
  return pairs;
}();

constexpr std::array<std::uint8_t, 256> kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

struct Halves {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

std::uint64_t load_big_endian(const std::uint8_t* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

void store_big_endian(std::uint64_t value, std::uint8_t* bytes) {
  for (int i = 7; i >= 0; --i) {
    bytes[i] = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

Halves halves(const Uuid& uuid) {
  return {load_big_endian(uuid.data()), load_big_endian(uuid.data() + 8)};
}

Uuid uuid_of(Halves value) {
  Uuid uuid;
  store_big_endian(value.high, uuid.data());
  store_big_endian(value.low, uuid.data() + 8);
  return uuid;
}

__extension__ typedef unsigned __int128 Wide;

std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::string_view id_prefix(IdKind kind) {
  switch (kind) {
    case IdKind::user:
      return "usr_";
    case IdKind::chat:
      return "chat_";
    case IdKind::club:
      return "club_";
    case IdKind::event:
      return "evt_";
    case IdKind::board:
      return "board_";
    case IdKind::message:
      return "msg_";
    case IdKind::session:
      return "ses_";
    case IdKind::report:
      return "rpt_";
    case IdKind::notification:
      return "ntf_";
    case IdKind::delivery:
      return "dlv_";
    case IdKind::activity:
      return "act_";
    case IdKind::post:
      return "post_";
    case IdKind::broadcast:
      return "bcast_";
    case IdKind::rsvp:
      return "rsvp_";
    case IdKind::service:
      return "svc_";
    case IdKind::moderation_case:
      return "case_";
  }
  KITH_ASSERT(false);
  return "";
}

void append_crockford(std::string& out, const Uuid& uuid) {
  std::array<char, kIdDigits> digits;
  const auto [high, low] = halves(uuid);
  const auto put = [&](std::size_t at, std::uint64_t bits) {
    const auto& pair = kDigitPairs[bits & 1023];
    digits[at] = pair[0];
    digits[at + 1] = pair[1];
  };
  // 26 digits of five bits: twelve of them in the low half, one pair across both.
  for (std::size_t i = 0; i < 6; ++i) put(kIdDigits - 2 - 2 * i, low >> (10 * i));
  put(kIdDigits - 14, low >> 60 | high << 4);
  for (std::size_t i = 0; i < 6; ++i) put(kIdDigits - 16 - 2 * i, high >> (6 + 10 * i));
  out.append(digits.data(), digits.size());
}

std::optional<Uuid> parse_crockford(std::string_view digits) {
  if (digits.size() != kIdDigits) return std::nullopt;
  Halves value;
  for (const char c : digits) {
    const std::uint8_t digit = kDigitValues[static_cast<unsigned char>(c)];
    if (digit == kNoDigit) return std::nullopt;
    value.high = value.high << 5 | value.low >> 59;
    value.low = value.low << 5 | digit;
  }
  // The first digit holds the bits 125-129; the upper two of them do not fit.
  if (kDigitValues[static_cast<unsigned char>(digits[0])] > 7) {
    Uuid nobody;
    nobody.fill(0xFF);
    return nobody;
  }
  return uuid_of(value);
}

std::optional<Uuid> parse_id(IdKind kind, std::string_view text) {
  const std::string_view prefix = id_prefix(kind);
  if (!text.starts_with(prefix)) return std::nullopt;
  return parse_crockford(text.substr(prefix.size()));
}

std::string ack_token(const MessageId& message) {
  std::string token = "ack_";
  append_crockford(token, message.uuid);
  return token;
}

std::optional<ChannelId> ChannelId::parse(std::string_view text) {
  for (const IdKind kind :
       {IdKind::chat, IdKind::user, IdKind::club, IdKind::event, IdKind::board}) {
    if (const auto uuid = parse_id(kind, text)) return ChannelId(kind, *uuid);
  }
  return std::nullopt;
}

void ChannelId::append_to(std::string& out) const {
  out += id_prefix(kind);
  append_crockford(out, uuid);
}

std::string ChannelId::text() const {
  std::string out;
  append_to(out);
  return out;
}

// unix_ts_ms (48 bits) | version 7 | counter (12) | variant 2 | random (62)
Uuid UuidGenerator::next(WallTime now) {
  constexpr std::int64_t kMsMax = (std::int64_t{1} << 48) - 1;
  const auto ms = static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(now.time_since_epoch().count(), 0, kMsMax));
  if (ms > last_ms_) {
    last_ms_ = ms;
    counter_ = static_cast<std::uint32_t>(random_() & 0x7FF);  // its top bit is left as room
  } else if (counter_ < 0xFFF) {
    ++counter_;
  } else {
    // More in a millisecond than the counter holds: run ahead of the clock rather than wait.
    ++last_ms_;
    counter_ = static_cast<std::uint32_t>(random_() & 0x7FF);
  }
  const std::uint64_t high = last_ms_ << 16 | 0x7000u | counter_;
  const std::uint64_t low = std::uint64_t{1} << 63 | (random_() & 0x3FFF'FFFF'FFFF'FFFF);
  return uuid_of({high, low});
}

std::uint64_t keyed_hash(const HashKey& key, const Uuid& uuid) {
  std::uint64_t words[2];
  std::memcpy(words, uuid.data(), sizeof words);
  const std::uint64_t mixed = fold_multiply(words[0] ^ key.first, words[1] ^ key.second);
  return fold_multiply(mixed ^ key.second, 0x9E37'79B9'7F4A'7C15);
}

std::size_t UuidHash::operator()(const Uuid& uuid) const {
  return keyed_hash(process_hash_key(), uuid);
}

}  // namespace kith
