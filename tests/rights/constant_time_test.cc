// No oracle in the time that a signature takes to be refused: it is compared by CRYPTO_memcmp, once
// and over its whole length, wherever the first wrong byte stands. Shown by the calls and not by a
// clock: the linker puts a counting function in the place of CRYPTO_memcmp (--wrap), so a
// comparison that stops early would show as one that was not counted.
#include <doctest/doctest.h>

#include <vector>

#include "tests/gateway/jwt_forger.h"

namespace {
std::vector<std::size_t> compared_lengths;
}  // namespace

extern "C" {
int __real_CRYPTO_memcmp(const void* a, const void* b, std::size_t length);
int __wrap_CRYPTO_memcmp(const void* a, const void* b, std::size_t length) {
  compared_lengths.push_back(length);
  return __real_CRYPTO_memcmp(a, b, length);
}
}

namespace kith::test {
namespace {

using namespace jwt_forger;

std::vector<std::size_t> lengths_compared_for(const std::string& token, bool holds) {
  compared_lengths.clear();
  CHECK(accepted(token) == holds);
  return compared_lengths;
}

TEST_CASE("a signature is compared whole, wherever it is wrong") {
  const std::vector<std::size_t> once_and_whole = {32};
  const std::string good = good_token();
  CHECK(lengths_compared_for(good, true) == once_and_whole);
  const std::string input = good.substr(0, good.rfind('.'));
  const std::string signature = *base64url_decode(good.substr(input.size() + 1));
  REQUIRE(signature.size() == 32);
  for (std::size_t at = 0; at < signature.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string wrong = signature;
      wrong[at] = static_cast<char>(wrong[at] ^ (1 << bit));
      CHECK(lengths_compared_for(input + '.' + base64url_encode(wrong), false) == once_and_whole);
    }
  }
}

TEST_CASE("a good signature over bad claims is compared as any other") {
  const std::vector<std::size_t> once_and_whole = {32};
  for (const char* claim : {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}) {
    CHECK(lengths_compared_for(forge(kHeader, claims_with(claim, std::nullopt)), false) ==
          once_and_whole);
  }
}

TEST_CASE("a signature of another length is refused by its length alone, which is no secret") {
  const std::string good = good_token();
  const std::string input = good.substr(0, good.rfind('.') + 1);
  for (const std::size_t length : {0, 1, 31, 33, 64}) {
    const auto wrong = base64url_encode(std::string(length, 'x'));
    CHECK(lengths_compared_for(input + wrong, false).empty());
  }
}

}  // namespace
}  // namespace kith::test
