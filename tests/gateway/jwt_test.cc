#include "gateway/jwt.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "gateway/jwt_base64.h"

namespace kith {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kNow = 1'800'000'000;
const WallTime kClock{seconds(kNow)};
const std::string kSecret = "a secret of thirty-two bytes or so";
const TokenParties kParties{.issuer = "kith", .audience = "kith"};
const UserId kUser{Uuid{1, 2, 3}};
const AuthSessionId kSession{Uuid{4, 5, 6}};
const std::string kHeader = R"({"alg":"HS256","typ":"at+jwt"})";

std::shared_ptr<const TokenKey> hmac(const std::string& secret = kSecret) {
  auto key = make_hmac_key(secret);
  REQUIRE(key);
  return *key;
}

// Signs whatever it is given: the forger who has the key, or the issuer gone wrong.
std::string forge(const std::string& header, const std::string& claims) {
  const std::string input = base64url_encode(header) + '.' + base64url_encode(claims);
  return input + '.' + base64url_encode(hmac()->sign(input));
}

std::string quoted(const std::string& text) {
  return fmt::format("\"{}\"", text);
}

// The claims of a good token, one of them replaced; nothing: left out.
std::string claims_with(std::string_view name, const std::optional<std::string>& value) {
  std::vector<std::pair<std::string, std::string>> all = {{"iss", R"("kith")"},
                                                          {"aud", R"("kith")"},
                                                          {"sub", quoted(kUser.text())},
                                                          {"sid", quoted(kSession.text())},
                                                          {"iat", std::to_string(kNow)},
                                                          {"exp", std::to_string(kNow + 900)},
                                                          {"jti", R"("abc")"}};
  bool replaced = false;
  std::string out = "{";
  for (auto& [key, text] : all) {
    if (key == name) {
      replaced = true;
      if (!value) continue;
      text = *value;
    }
    out += fmt::format("{}\"{}\":{}", out.size() > 1 ? "," : "", key, text);
  }
  if (!replaced && value) out += fmt::format(",\"{}\":{}", name, *value);
  return out + "}";
}
std::string good_claims() {
  return claims_with("", std::nullopt);
}

bool accepted(const std::string& token, WallTime now = kClock) {
  TokenVerifier verifier(hmac(), kParties);
  const auto claims = verifier.verify(token, now);
  if (!claims) {
    CHECK(claims.error().code == ErrorCode::unauthorized);
    CHECK(claims.error().message == "the token does not hold");
    CHECK(claims.error().field.empty());
  }
  return claims.ok();
}

std::string good_token() {
  return TokenSigner(hmac(), kParties).issue(kUser, kSession, kClock, seconds(900));
}

}  // namespace

TEST_CASE("what was issued verifies, until it expires") {
  const TokenSigner signer(hmac(), kParties);
  const auto token = signer.issue(kUser, kSession, kClock, seconds(900));
  TokenVerifier verifier(hmac(), kParties);
  const auto claims = verifier.verify(token, kClock);
  REQUIRE(claims);
  CHECK(claims->user == kUser);
  CHECK(claims->session == kSession);
  CHECK(claims->issued_at == kClock);
  CHECK(claims->expires == kClock + seconds(900));
  CHECK(claims->token_id.size() >= 16);
  CHECK(verifier.verify(token, kClock + std::chrono::milliseconds(899'999)));
  CHECK_FALSE(verifier.verify(token, kClock + seconds(900)));
  CHECK(verifier.verify(token, kClock - seconds(60)));
  CHECK_FALSE(verifier.verify(token, kClock - seconds(61)));
  CHECK(signer.issue(kUser, kSession, kClock, seconds(900)) != token);
}

TEST_CASE("tokens in order are accepted in the forms that the RFCs allow") {
  CHECK(accepted(forge(kHeader, good_claims())));
  CHECK(accepted(forge(R"({"typ":"AT+JWT","alg":"HS256"})", good_claims())));
  CHECK(accepted(forge(R"({"typ":"application/at+jwt","alg":"HS256"})", good_claims())));
  CHECK(accepted(forge(kHeader, claims_with("aud", R"(["other","kith"])"))));
  CHECK(accepted(forge(kHeader, claims_with("nbf", std::to_string(kNow + 60)))));
  CHECK(accepted(forge(kHeader, claims_with("role", R"("admin")"))));  // carried, never read
}

TEST_CASE("no forged claim is accepted") {
  struct Forgery {
    const char* claim;
    std::optional<std::string> value;
  };
  const auto text = [](std::int64_t number) { return std::to_string(number); };
  const std::vector<Forgery> forgeries = {
      {"iss", std::nullopt},
      {"iss", R"("kith ")"},
      {"iss", R"("KITH")"},
      {"iss", R"(["kith"])"},
      {"aud", std::nullopt},
      {"aud", R"("other")"},
      {"aud", R"([])"},
      {"aud", R"(["other"])"},
      {"aud", R"(["kith",1])"},
      {"aud", R"({"kith":true})"},
      {"sub", std::nullopt},
      {"sub", R"("")"},
      {"sub", quoted(kSession.text())},
      {"sub", quoted(kUser.text() + "0")},
      {"sub", R"("usr_oooooooooooooooooooooooooo")"},
      {"sub", R"("1 OR 1=1")"},
      {"sub", "1"},
      {"sid", std::nullopt},
      {"sid", quoted(kUser.text())},
      {"sid", "null"},
      {"exp", std::nullopt},
      {"exp", text(kNow)},
      {"exp", text(kNow - 1)},
      {"exp", quoted(text(kNow + 900))},
      {"exp", fmt::format("{}.0", kNow + 900)},
      {"exp", "-1"},
      {"exp", "1e400"},
      {"exp", "1e12"},
      {"exp", "99999999999999999999"},
      {"exp", "18446744073709551615"},
      {"exp", "9223372036854775807"},
      {"exp", "null"},
      {"exp", "true"},
      {"exp", fmt::format("[{}]", kNow + 900)},
      {"iat", std::nullopt},
      {"iat", text(kNow + 61)},
      {"iat", text(kNow + 900)},
      {"iat", "-1"},
      {"iat", fmt::format("{}.5", kNow)},
      {"iat", quoted(text(kNow))},
      {"nbf", text(kNow + 61)},
      {"nbf", "null"},
      {"nbf", R"("0")"},
      {"nbf", "1.5"},
      {"jti", std::nullopt},
      {"jti", R"("")"},
      {"jti", "1"},
      {"jti", quoted(std::string(65, 'x'))},
  };
  CHECK(forgeries.size() >= 40);
  for (const auto& forgery : forgeries) {
    CAPTURE(forgery.claim);
    CAPTURE(forgery.value.value_or("(left out)"));
    CHECK_FALSE(accepted(forge(kHeader, claims_with(forgery.claim, forgery.value))));
  }
}

TEST_CASE("no forged header is accepted, not even under a good signature") {
  const std::vector<std::string> headers = {
      R"({"alg":"none","typ":"at+jwt"})",
      R"({"alg":"None","typ":"at+jwt"})",
      R"({"alg":"nOnE","typ":"at+jwt"})",
      R"({"alg":"hs256","typ":"at+jwt"})",
      R"({"alg":"HS384","typ":"at+jwt"})",
      R"({"alg":"RS256","typ":"at+jwt"})",
      R"({"alg":"ES256","typ":"at+jwt"})",
      R"({"alg":"","typ":"at+jwt"})",
      R"({"alg":null,"typ":"at+jwt"})",
      R"({"alg":["HS256"],"typ":"at+jwt"})",
      R"({"typ":"at+jwt"})",
      R"({"alg":"HS256"})",
      R"({"alg":"HS256","typ":"JWT"})",
      R"({"alg":"HS256","typ":"refresh+jwt"})",
      R"({"alg":"HS256","typ":"id+jwt"})",
      R"({"alg":"HS256","typ":["at+jwt"]})",
      R"({"alg":"HS256","typ":"at+jwt","crit":["x"],"x":1})",
      R"({"alg":"HS256","typ":"at+jwt","crit":[]})",
      R"({"alg":"HS256","typ":"at+jwt","jku":"https://evil.example/keys"})",
      R"({"alg":"HS256","typ":"at+jwt","x5u":"https://evil.example/cert"})",
      R"({"alg":"HS256","typ":"at+jwt","jwk":{"kty":"oct","k":"AA"}})",
      R"({"alg":"HS256","typ":"at+jwt","x5c":["AA"]})",
      R"({"alg":"HS256","typ":"at+jwt","kid":"../../dev/null"})",
      R"({"alg":"HS256","typ":"at+jwt","kid":"x' UNION SELECT 'k"})",
      R"({"alg":"HS256","typ":"at+jwt","kid":"https://evil.example"})",
      R"({"alg":"HS256","typ":"at+jwt","kid":"\u0000"})",
      R"({"alg":"HS256","typ":"at+jwt","zip":"DEF"})",
      R"({"alg":"HS256","typ":"at+jwt","b64":false})",
      R"({"alg":"HS256","alg":"none","typ":"at+jwt"})",
      R"({"alg":"HS256","alg":"HS256"})",
      R"({"alg":"HS256","typ":"at+jwt"}{})",
      R"({"alg":"HS256","typ":"at+jwt",})",
      R"(["HS256","at+jwt"])",
      R"("HS256")",
      "",
      "{}",
      "\xef\xbb\xbf{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
  };
  for (const auto& header : headers) {
    CAPTURE(header);
    CHECK_FALSE(accepted(forge(header, good_claims())));
  }
  const std::string long_kid =
      R"({"alg":"HS256","typ":"at+jwt","kid":")" + std::string(10'000, 'k') + "\"}";
  CHECK_FALSE(accepted(forge(long_kid, good_claims())));
}

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

TEST_CASE("a token of another key, issuer or audience is refused") {
  const auto other_key = hmac("another secret of thirty-two bytes");
  CHECK_FALSE(
      accepted(TokenSigner(other_key, kParties).issue(kUser, kSession, kClock, seconds(9))));
  for (const TokenParties& parties : {TokenParties{.issuer = "other", .audience = "kith"},
                                      TokenParties{.issuer = "kith", .audience = "other"}}) {
    CHECK_FALSE(accepted(TokenSigner(hmac(), parties).issue(kUser, kSession, kClock, seconds(9))));
  }
}

TEST_CASE("a secret under 32 bytes signs nothing") {
  CHECK_FALSE(make_hmac_key(""));
  CHECK_FALSE(make_hmac_key(std::string(31, 'x')));
  CHECK(make_hmac_key(std::string(32, 'x')));
}

TEST_CASE("base64url has exactly one text per byte string") {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"),
                                   std::string("foo"), std::string("\0\xff\x10\x80", 4)}) {
    const auto text = base64url_encode(bytes);
    CHECK(base64url_decode(text) == bytes);
  }
  CHECK(base64url_encode("\xfb\xff") == "-_8");
  for (const auto* text : {"A", "AB", "AAB", "AA=", "AA==", "A A", "+A", "/A", "AA\n", "AAAAA"}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text));
  }
  CHECK(base64url_decode("AA") == std::string(1, '\0'));
}

}  // namespace kith
