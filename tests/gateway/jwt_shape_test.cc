// Tokens of the wrong shape: parts, encoding, JSON, single bits.
#include <doctest/doctest.h>

#include "tests/gateway/jwt_forger.h"

namespace kith {

using namespace jwt_forger;

TEST_CASE("no malformed set of claims is accepted") {
  const std::string good = good_claims();
  for (const std::string& claims :
       {std::string(), std::string("{}"), std::string("[]"), "[" + good + "]", good + good,
        good.substr(0, good.size() - 1), good.substr(0, good.size() - 1) + ",}",
        good.substr(0, good.size() - 1) + R"(,"sub":")" + kUser.text() + "\"}",
        good.substr(0, good.size() - 1) + R"(,"exp":4000000000})",
        good.substr(0, good.size() - 1) + R"(,"\u0065xp":4000000000})",
        good.substr(0, good.size() - 1) + R"(,"x":"\ud800"})",
        good.substr(0, good.size() - 1) + ",\"x\":\"\xff\"}",
        good.substr(0, good.size() - 1) + R"(,"x":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]})",
        good.substr(0, good.size() - 1) + ",\"x\":\"" + std::string(100'000, 'x') + "\"}",
        forge(kHeader, good)}) {
    CAPTURE(claims.substr(0, 400));
    CHECK_FALSE(accepted(forge(kHeader, claims)));
  }
}

TEST_CASE("no token of the wrong shape is accepted") {
  const std::string good = good_token();
  REQUIRE(accepted(good));
  const auto first = good.find('.');
  const auto second = good.find('.', first + 1);
  const std::string header = good.substr(0, first);
  const std::string claims = good.substr(first + 1, second - first - 1);
  const std::string input = good.substr(0, second);
  const std::string signature = good.substr(second + 1);
  // 32 bytes are 43 digits, the last of which has two unused bits: its neighbour in the alphabet
  // means the same bytes to a lax decoder.
  std::string twin = good;
  twin.back() = static_cast<char>(twin.back() + 1);
  const std::string none_header = base64url_encode(R"({"alg":"none","typ":"at+jwt"})");
  for (const std::string& token : {std::string(),
                                   std::string("."),
                                   std::string(".."),
                                   std::string("..."),
                                   header,
                                   input,
                                   input + ".",
                                   good + ".",
                                   "." + good,
                                   good + "." + signature,
                                   good + ".." + signature,
                                   header + "." + claims + ".x." + signature + ".y",
                                   good + "=",
                                   good + "==",
                                   good + " ",
                                   " " + good,
                                   good + "\n",
                                   "Bearer " + good,
                                   input + "=." + signature,
                                   twin,
                                   good.substr(0, good.size() - 1),
                                   good.substr(0, good.size() - 4),
                                   good + "AAAA",
                                   header + ".." + signature,
                                   "." + claims + "." + signature,
                                   claims + "." + header + "." + signature,
                                   none_header + "." + claims + ".",
                                   none_header + "." + claims + "." + signature,
                                   input + "." + base64url_encode(std::string(32, '\0')),
                                   input + "+." + signature,
                                   input + "/." + signature,
                                   std::string(100'000, 'a'),
                                   good + std::string(100'000, 'a'),
                                   std::string(2000, '.'),
                                   input + "." + signature + std::string(1, '\0')}) {
    CAPTURE(token.substr(0, 600));
    CHECK_FALSE(accepted(token));
  }
}

TEST_CASE("a token with any one bit turned is refused") {
  const std::string good = good_token();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string turned = good;
      turned[at] = static_cast<char>(turned[at] ^ (1 << bit));
      CHECK_FALSE(accepted(turned));
    }
  }
}

}  // namespace kith
