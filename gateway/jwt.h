// Access tokens: JWT (RFC 7519) signed as JWS in compact form (RFC 7515), profile of RFC 9068.
//
//   header   {"alg":"HS256","typ":"at+jwt"}
//   claims   {"iss","aud","sub":"usr_...","sid":"ses_...","iat","exp","jti"}
//
// What is read is held to what is issued (RFC 8725): the algorithm is the configured one and no
// other, `typ` is "at+jwt", the header holds nothing else (no kid, jku, jwk, x5u, x5c, crit: a key
// is never chosen by the token), base64url is canonical, no name stands twice, times are whole
// numbers. `iat` and `nbf` may be 60 s ahead of our clock; `exp` has no leeway, so that a token
// never outlives what its owner was told: clients of a node whose clock is ahead refresh earlier.
#pragma once

#include <simdjson.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/jwt_key.h"
#include "protocol/ids.h"
#include "protocol/result.h"

namespace kith {

inline constexpr std::size_t kTokenBytesMax = 4096;
inline constexpr std::chrono::seconds kTokenLeeway{60};

struct TokenClaims {
  UserId user;
  AuthSessionId session;
  WallTime issued_at{};
  WallTime expires{};
  std::string token_id;  // jti
};

struct TokenParties {
  std::string issuer;
  std::string audience;
};

// Thread-safe.
class TokenSigner {
 public:
  TokenSigner(std::shared_ptr<const TokenKey> key, TokenParties parties);
  std::string issue(const UserId& user, const AuthSessionId& session, WallTime now,
                    std::chrono::seconds lifetime) const;
  // TokenKey::derive().
  std::string derive(std::string_view input) const { return key_->derive(input); }

 private:
  std::shared_ptr<const TokenKey> key_;
  TokenParties parties_;
  std::string encoded_header_;
};

// One per shard: it owns a parser. Answers every token that does not hold with the same
// unauthorized, whatever is wrong with it; signatures are compared in constant time.
class TokenVerifier {
 public:
  TokenVerifier(std::shared_ptr<const TokenKey> key, TokenParties parties);
  Result<TokenClaims> verify(std::string_view token, WallTime now);

 private:
  bool header_holds(std::string_view json);
  std::optional<TokenClaims> claims_of(std::string_view json, WallTime now);

  std::shared_ptr<const TokenKey> key_;
  TokenParties parties_;
  simdjson::dom::parser parser_;
  std::string padded_;
};

}  // namespace kith
