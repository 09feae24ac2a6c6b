#include "protocol/keyed_hash.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/ids.h"

namespace kith {
namespace {

// The paper's key, of the bytes 0 to 15, and texts of as many bytes from 0 on.
constexpr HashKey kPaperKey{.first = 0x0706'0504'0302'0100, .second = 0x0f0e'0d0c'0b0a'0908};

std::string counting(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(i);
  return text;
}

TEST_CASE("SipHash-2-4 as its paper and libsodium have it") {
  CHECK(sip_hash(kPaperKey, counting(0)) == 0x726f'db47'dd0e'0e31);
  CHECK(sip_hash(kPaperKey, counting(1)) == 0x74f8'39c5'93dc'67fd);
  CHECK(sip_hash(kPaperKey, counting(7)) == 0xab02'00f5'8b01'd137);
  CHECK(sip_hash(kPaperKey, counting(8)) == 0x93f5'f579'9a93'2462);
  CHECK(sip_hash(kPaperKey, counting(15)) == 0xa129'ca61'49be'45e5);
  CHECK(sip_hash(kPaperKey, counting(16)) == 0x3f2a'cc7f'57c2'9bdb);
  CHECK(sip_hash(kPaperKey, counting(63)) == 0x958a'324c'eb06'4572);
}

// Which of 1,000 stand where in a table of 1,024 buckets.
template <typename Hash>
std::vector<std::uint64_t> buckets_of(Hash hash) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t i = 0; i < 1000; ++i) out.push_back(hash(i) % 1024);
  return out;
}

std::size_t same(const std::vector<std::uint64_t>& one, const std::vector<std::uint64_t>& other) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < one.size(); ++i) count += one[i] == other[i] ? 1 : 0;
  return count;
}

TEST_CASE("with another key a table has another order, of texts and of ids") {
  const HashKey keys[] = {draw_hash_key(), draw_hash_key()};
  const auto texts = [](HashKey key) {
    return buckets_of([key](std::uint64_t i) { return sip_hash(key, std::to_string(i)); });
  };
  const auto ids = [](HashKey key) {
    return buckets_of([key](std::uint64_t i) {
      Uuid uuid{};
      uuid[14] = static_cast<std::uint8_t>(i >> 8);
      uuid[15] = static_cast<std::uint8_t>(i);
      return keyed_hash(key, uuid);
    });
  };
  CHECK(same(texts(keys[0]), texts(keys[0])) == 1000);
  CHECK(same(ids(keys[0]), ids(keys[0])) == 1000);
  // By chance about one of them.
  CHECK(same(texts(keys[0]), texts(keys[1])) < 50);
  CHECK(same(ids(keys[0]), ids(keys[1])) < 50);
}

TEST_CASE("the tables of the process are keyed with what was drawn for it") {
  const HashKey key = process_hash_key();
  CHECK(key.first != 0);
  CHECK(key.second != 0);
  CHECK(key.first != key.second);
  CHECK(KeyedTextHash{}("a@example.com") == sip_hash(key, "a@example.com"));
  Uuid uuid{};
  uuid[3] = 7;
  CHECK(UuidHash{}(uuid) == keyed_hash(key, uuid));
}

// std::hash of libstdc++ is a MurmurHash64A with a seed that everybody knows, but that is not even
// needed: where the top bit of two neighbouring words is turned behind their mixing, what comes of
// them is what it was. 8 pairs of words are 256 texts of one hash.
constexpr std::uint64_t kMurmur = 0xc6a4'a793'5bd1'e995;

std::uint64_t unmixed(std::uint64_t word) {
  std::uint64_t inverse = kMurmur;  // by Newton's method, modulo 2^64
  for (int i = 0; i < 6; ++i) inverse *= 2 - kMurmur * inverse;
  word *= inverse;
  word ^= word >> 47;
  return word * inverse;
}

std::vector<std::string> colliding_texts() {
  std::vector<std::string> out;
  for (unsigned which = 0; which < 256; ++which) {
    std::string text;
    for (unsigned word = 0; word < 16; ++word) {
      const bool turned = (which >> word / 2 & 1U) != 0;
      const std::uint64_t wanted =
          std::uint64_t{word} << 32 | (turned ? std::uint64_t{1} << 63 : 0);
      const std::uint64_t bytes = unmixed(wanted);
      for (int i = 0; i < 8; ++i) text += static_cast<char>(bytes >> (8 * i));
    }
    out.push_back(std::move(text));
  }
  return out;
}

TEST_CASE("texts that were made to share a bucket do not share it") {
  const std::vector<std::string> texts = colliding_texts();
  REQUIRE(std::set<std::string>(texts.begin(), texts.end()).size() == 256);
  std::set<std::size_t> plain;
  std::set<std::size_t> keyed;
  std::unordered_map<std::string, int, KeyedTextHash, std::equal_to<>> table;
  for (const std::string& text : texts) {
    plain.insert(std::hash<std::string>{}(text));
    keyed.insert(KeyedTextHash{}(text));
    table.emplace(text, 1);
  }
  REQUIRE(plain.size() == 1);  // else this test needs other texts
  CHECK(keyed.size() == 256);
  std::size_t fullest = 0;
  for (std::size_t i = 0; i < table.bucket_count(); ++i) {
    fullest = std::max(fullest, table.bucket_size(i));
  }
  CHECK(fullest < 16);
}

}  // namespace
}  // namespace kith
