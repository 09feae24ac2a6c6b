#include "protocol/ids.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <set>
#include <unordered_set>
#include <vector>

namespace kith {
namespace {

Uuid uuid_of_bytes(std::initializer_list<int> bytes) {
  Uuid uuid{};
  std::size_t i = 0;
  for (const int byte : bytes) uuid[i++] = static_cast<std::uint8_t>(byte);
  return uuid;
}

Uuid all_ones() {
  Uuid uuid;
  uuid.fill(0xFF);
  return uuid;
}

std::string digits_of(const Uuid& uuid) {
  std::string out;
  append_crockford(out, uuid);
  return out;
}

UuidGenerator seeded_generator(std::uint64_t seed) {
  return UuidGenerator([random = std::mt19937_64(seed)]() mutable { return random(); });
}

WallTime at_ms(std::int64_t ms) {
  return WallTime{std::chrono::milliseconds{ms}};
}

std::uint64_t timestamp_ms(const Uuid& uuid) {
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | uuid[i];
  return ms;
}

}  // namespace

TEST_CASE("crockford digits of known values") {
  CHECK(digits_of(Uuid{}) == "00000000000000000000000000");
  CHECK(digits_of(all_ones()) == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  Uuid one{};
  one[15] = 1;
  CHECK(digits_of(one) == "00000000000000000000000001");
  Uuid thirty_two{};
  thirty_two[15] = 32;
  CHECK(digits_of(thirty_two) == "00000000000000000000000010");
  // 01ARZ3NDEKTSV4RRFFQ69G5FAV, the example of the ULID specification
  const Uuid ulid = uuid_of_bytes({0x01, 0x56, 0x3E, 0x3A, 0xB5, 0xD3, 0xD6, 0x76, 0x4C, 0x61, 0xEF,
                                   0xB9, 0x93, 0x02, 0xBD, 0x5B});
  CHECK(digits_of(ulid) == "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  CHECK(parse_crockford("01ARZ3NDEKTSV4RRFFQ69G5FAV") == ulid);
}

TEST_CASE("crockford reads back what it wrote, and sorts as the bytes do") {
  std::mt19937_64 random(1);
  std::vector<Uuid> uuids;
  for (int i = 0; i < 2000; ++i) {
    Uuid uuid;
    for (auto& byte : uuid) byte = static_cast<std::uint8_t>(random());
    CHECK(parse_crockford(digits_of(uuid)) == uuid);
    uuids.push_back(uuid);
  }
  for (std::size_t i = 1; i < uuids.size(); ++i) {
    CHECK((uuids[i - 1] < uuids[i]) == (digits_of(uuids[i - 1]) < digits_of(uuids[i])));
  }
}

TEST_CASE("every character outside the upper-case alphabet is refused, at every place") {
  const std::string alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (int c = 0; c < 256; ++c) {
    for (const std::size_t place : {0u, 12u, 25u}) {
      std::string digits(26, '0');
      digits[place] = static_cast<char>(c);
      const bool allowed = alphabet.find(static_cast<char>(c)) != std::string::npos;
      CHECK(parse_crockford(digits).has_value() == allowed);
    }
  }
}

TEST_CASE("only 26 digits are an id") {
  CHECK_FALSE(parse_crockford(""));
  CHECK_FALSE(parse_crockford(std::string(25, '0')));
  CHECK_FALSE(parse_crockford(std::string(27, '0')));
  CHECK(parse_crockford(std::string(26, '0')));
}

TEST_CASE("ids above 128 bits are well-formed ids of nothing") {
  CHECK(parse_crockford("80000000000000000000000000") == all_ones());
  CHECK(parse_crockford("ZZZZZZZZZZZZZZZZZZZZZZZZZZ") == all_ones());
  CHECK(parse_crockford("7ZZZZZZZZZZZZZZZZZZZZZZZZY") != all_ones());
  CHECK_FALSE(parse_crockford("8000000000000000000000000U"));  // still checked to the end
}

TEST_CASE("a prefix belongs to one kind") {
  const std::string digits = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  CHECK(UserId::parse("usr_" + digits));
  CHECK(ChatId::parse("chat_" + digits));
  CHECK(MessageId::parse("msg_" + digits));
  CHECK(AuthSessionId::parse("ses_" + digits));
  CHECK(ReportId::parse("rpt_" + digits));
  CHECK(NotificationId::parse("ntf_" + digits));
  for (const std::string prefix :
       {"", "usr", "usr-", "USR_", "chat_", "usr__", " usr_", "evt_", "msg_"}) {
    CHECK_FALSE(UserId::parse(prefix + digits));
  }
  CHECK_FALSE(UserId::parse("usr_" + digits + " "));
  CHECK_FALSE(UserId::parse("usr_"));
  CHECK_FALSE(UserId::parse(""));
  CHECK(UserId::parse("usr_" + digits)->text() == "usr_" + digits);
}

TEST_CASE("an ack token follows from the message id") {
  const auto message = MessageId::parse("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV");
  REQUIRE(message);
  CHECK(ack_token(*message) == "ack_01ARZ3NDEKTSV4RRFFQ69G5FAV");
}

TEST_CASE("channels are named by what they follow") {
  const std::string digits = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  for (const std::string prefix : {"chat_", "club_", "evt_", "usr_", "board_"}) {
    const auto channel = ChannelId::parse(prefix + digits);
    REQUIRE(channel);
    CHECK(channel->text() == prefix + digits);
    CHECK(channel->is_chat() == (prefix == "chat_"));
  }
  for (const std::string prefix : {"msg_", "ses_", "rpt_", "ntf_", "ack_", ""}) {
    CHECK_FALSE(ChannelId::parse(prefix + digits));
  }
  const auto chat = ChatId::parse("chat_" + digits);
  const auto user = UserId::parse("usr_" + digits);
  CHECK(ChannelId(*chat) == *ChannelId::parse("chat_" + digits));
  CHECK(ChannelId(*chat) != ChannelId(*user));
  CHECK(ChannelId(*chat).chat() == *chat);
}

TEST_CASE("generated ids are UUIDv7 of their time") {
  auto generator = seeded_generator(7);
  const Uuid uuid = generator.next(at_ms(1'713'632'700'123));
  CHECK(timestamp_ms(uuid) == 1'713'632'700'123);
  CHECK((uuid[6] >> 4) == 7);
  CHECK((uuid[8] >> 6) == 2);
}

TEST_CASE("generated ids rise strictly, whatever the clock does") {
  auto generator = seeded_generator(8);
  std::mt19937_64 random(9);
  std::int64_t clock = 1'700'000'000'000;
  Uuid last{};
  for (int i = 0; i < 50'000; ++i) {
    const auto dice = random() % 100;
    if (dice < 5) clock += static_cast<std::int64_t>(random() % 50);
    if (dice == 99) clock -= 3'600'000;
    const Uuid uuid = generator.next(at_ms(clock));
    REQUIRE(last < uuid);
    CHECK((uuid[6] >> 4) == 7);
    CHECK((uuid[8] >> 6) == 2);
    last = uuid;
  }
}

TEST_CASE("more ids in a millisecond than the counter holds run ahead of the clock, in order") {
  auto generator = seeded_generator(10);
  Uuid last{};
  for (int i = 0; i < 20'000; ++i) {
    const Uuid uuid = generator.next(at_ms(1000));
    REQUIRE(last < uuid);
    last = uuid;
  }
  CHECK(timestamp_ms(last) > 1000);
  CHECK(timestamp_ms(last) < 1020);
}

TEST_CASE("times outside of a UUIDv7 are clamped") {
  auto generator = seeded_generator(11);
  CHECK(timestamp_ms(generator.next(at_ms(-5))) == 0);
  CHECK(timestamp_ms(generator.next(at_ms(std::int64_t{1} << 50))) == (1ull << 48) - 1);
}

TEST_CASE("generators with one seed make the same ids, with two seeds others") {
  auto a = seeded_generator(1), b = seeded_generator(1), c = seeded_generator(2);
  for (int i = 0; i < 10; ++i) {
    const Uuid made = a.next(at_ms(1000 + i));
    CHECK(made == b.next(at_ms(1000 + i)));
    CHECK(made != c.next(at_ms(1000 + i)));
  }
}

TEST_CASE("hashes differ for ids that differ in one bit, in many bits") {
  std::mt19937_64 random(12);
  Uuid base;
  for (auto& byte : base) byte = static_cast<std::uint8_t>(random());
  std::unordered_set<std::size_t> hashes{UuidHash{}(base)};
  std::size_t flipped_bits = 0;
  for (std::size_t bit = 0; bit < 128; ++bit) {
    Uuid other = base;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1u << bit % 8);
    const std::size_t hash = UuidHash{}(other);
    hashes.insert(hash);
    flipped_bits += static_cast<std::size_t>(std::popcount(hash ^ UuidHash{}(base)));
  }
  CHECK(hashes.size() == 129);
  CHECK(flipped_bits > 128 * 24);  // about half of 64 each
  CHECK(flipped_bits < 128 * 40);
}

TEST_CASE("ids that count up spread over the buckets of a table") {
  std::vector<int> buckets(256);
  for (unsigned i = 0; i < 256 * 64; ++i) {
    Uuid uuid{};
    uuid[14] = static_cast<std::uint8_t>(i >> 8);
    uuid[15] = static_cast<std::uint8_t>(i);
    ++buckets[UuidHash{}(uuid)&255];
  }
  CHECK(*std::max_element(buckets.begin(), buckets.end()) < 64 * 2);
}

TEST_CASE("a hash is the same all through the process, and tells kinds of channels apart") {
  const auto chat = *ChatId::parse("chat_01ARZ3NDEKTSV4RRFFQ69G5FAV");
  const auto user = *UserId::parse("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV");
  CHECK(IdHash{}(chat) == IdHash{}(chat));
  CHECK(IdHash{}(ChannelId(chat)) != IdHash{}(ChannelId(user)));
}

}  // namespace kith
