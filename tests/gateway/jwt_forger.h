// Makes access tokens, good ones and any that a forger could think of.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/jwt.h"
#include "gateway/jwt_base64.h"

namespace kith::jwt_forger {

using std::chrono::seconds;

inline constexpr std::int64_t kNow = 1'800'000'000;
inline const WallTime kClock{seconds(kNow)};
inline const std::string kSecret = "a secret of thirty-two bytes or so";
inline const TokenParties kParties{.issuer = "kith", .audience = "kith"};
inline const UserId kUser{Uuid{1, 2, 3}};
inline const AuthSessionId kSession{Uuid{4, 5, 6}};
inline const std::string kHeader = R"({"alg":"HS256","typ":"at+jwt"})";

inline std::shared_ptr<const TokenKey> hmac(const std::string& secret = kSecret) {
  auto key = make_hmac_key(secret);
  REQUIRE(key);
  return *key;
}

// Signs whatever it is given: the forger who has the key, or the issuer gone wrong.
inline std::string forge(const std::string& header, const std::string& claims,
                         const std::string& secret = kSecret) {
  const std::string input = base64url_encode(header) + '.' + base64url_encode(claims);
  return input + '.' + base64url_encode(hmac(secret)->sign(input));
}

// Whom a token is about, and when.
struct Bearer {
  UserId user = kUser;
  AuthSessionId session = kSession;
  std::int64_t now = kNow;
};

inline std::string quoted(const std::string& text) {
  return fmt::format("\"{}\"", text);
}

// The claims of a good token, one of them replaced; nothing: left out.
inline std::string claims_with(std::string_view name, const std::optional<std::string>& value,
                               const Bearer& bearer = {}) {
  std::vector<std::pair<std::string, std::string>> all = {{"iss", R"("kith")"},
                                                          {"aud", R"("kith")"},
                                                          {"sub", quoted(bearer.user.text())},
                                                          {"sid", quoted(bearer.session.text())},
                                                          {"iat", std::to_string(bearer.now)},
                                                          {"exp", std::to_string(bearer.now + 900)},
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
inline std::string good_claims(const Bearer& bearer = {}) {
  return claims_with("", std::nullopt, bearer);
}

inline bool accepted(const std::string& token, WallTime now = kClock) {
  TokenVerifier verifier(hmac(), kParties);
  const auto claims = verifier.verify(token, now);
  if (!claims) {
    CHECK(claims.error().code == ErrorCode::unauthorized);
    CHECK(claims.error().message == "the token does not hold");
    CHECK(claims.error().field.empty());
  }
  return claims.ok();
}

inline std::string good_token() {
  return TokenSigner(hmac(), kParties).issue(kUser, kSession, kClock, seconds(900));
}

}  // namespace kith::jwt_forger
