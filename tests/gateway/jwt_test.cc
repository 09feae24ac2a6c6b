#include "gateway/jwt.h"

#include <doctest/doctest.h>

#include "tests/gateway/jwt_forger.h"

namespace kith {

using namespace jwt_forger;

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

namespace {
const std::vector<std::string> kForgedHeaders = {
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
}  // namespace

TEST_CASE("no forged header is accepted, not even under a good signature") {
  for (const auto& header : kForgedHeaders) {
    CAPTURE(header);
    CHECK_FALSE(accepted(forge(header, good_claims())));
  }
  const std::string long_kid =
      R"({"alg":"HS256","typ":"at+jwt","kid":")" + std::string(10'000, 'k') + "\"}";
  CHECK_FALSE(accepted(forge(long_kid, good_claims())));
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

}  // namespace kith
