#include "gateway/jwt.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <vector>

#include "gateway/jwt_base64.h"
#include "protocol/json_writer.h"

namespace kith {
namespace {

namespace dom = simdjson::dom;
using std::chrono::seconds;

constexpr std::int64_t kLastSecond = 253'402'300'799;  // of the year 9999
constexpr std::size_t kTokenIdBytesMax = 64;
constexpr std::size_t kJsonDepthMax = 8;

Error refused() {
  return fail(ErrorCode::unauthorized, "the token does not hold");
}

bool names_are_unique(dom::object object) {
  std::vector<std::string_view> names;
  for (const auto field : object) names.push_back(field.key);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

bool equal_without_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> text_of(dom::object object, std::string_view name) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

// A JSON integer, as all of ours are: 1.5e9 and "1500000000" are not.
std::optional<seconds> time_of(dom::object object, std::string_view name) {
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS || !element.is_int64()) return std::nullopt;
  std::int64_t value = 0;
  if (element.get_int64().get(value) != simdjson::SUCCESS) return std::nullopt;
  if (value < 0 || value > kLastSecond) return std::nullopt;
  return seconds(value);
}

bool has(dom::object object, std::string_view name) {
  return object[name].error() != simdjson::NO_SUCH_FIELD;
}

bool is_for(dom::object claims, std::string_view audience) {
  if (const auto one = text_of(claims, "aud")) return *one == audience;
  dom::array several;
  if (claims["aud"].get_array().get(several) != simdjson::SUCCESS) return false;
  bool found = false;
  for (const auto element : several) {
    std::string_view text;
    if (element.get_string().get(text) != simdjson::SUCCESS) return false;
    found = found || text == audience;
  }
  return found;
}

WallTime at(seconds since_epoch) {
  return WallTime{since_epoch};
}

}  // namespace

TokenSigner::TokenSigner(std::shared_ptr<const TokenKey> key, TokenParties parties)
    : key_(std::move(key)), parties_(std::move(parties)) {
  std::string header;
  JsonWriter json(header);
  json.begin_object();
  json.field("alg", key_->algorithm());
  json.field("typ", "at+jwt");
  json.end_object();
  encoded_header_ = base64url_encode(header);
}

std::string TokenSigner::issue(const UserId& user, const AuthSessionId& session, WallTime now,
                               seconds lifetime) const {
  std::array<char, 16> token_id{};
  randombytes_buf(token_id.data(), token_id.size());
  const auto issued = std::chrono::floor<seconds>(now.time_since_epoch());
  std::string claims;
  JsonWriter json(claims);
  json.begin_object();
  json.field("iss", parties_.issuer);
  json.field("aud", parties_.audience);
  json.field("sub", user);
  json.field("sid", session);
  json.key("iat").integer(issued.count());
  json.key("exp").integer((issued + lifetime).count());
  json.field("jti", base64url_encode({token_id.data(), token_id.size()}));
  json.end_object();
  std::string token = encoded_header_ + '.' + base64url_encode(claims);
  const std::string signature = key_->sign(token);
  return token + '.' + base64url_encode(signature);
}

TokenVerifier::TokenVerifier(std::shared_ptr<const TokenKey> key, TokenParties parties)
    : key_(std::move(key)), parties_(std::move(parties)), parser_(kTokenBytesMax) {
  if (parser_.allocate(kTokenBytesMax, kJsonDepthMax) != simdjson::SUCCESS) throw std::bad_alloc();
}

Result<TokenClaims> TokenVerifier::verify(std::string_view token, WallTime now) {
  if (token.size() > kTokenBytesMax) return refused();
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return refused();
  const auto header = base64url_decode(token.substr(0, first));
  const auto claims = base64url_decode(token.substr(first + 1, second - first - 1));
  const auto signature = base64url_decode(token.substr(second + 1));  // a third dot is no digit
  if (!header || !claims || !signature) return refused();
  if (!header_holds(*header)) return refused();
  if (!key_->verify(token.substr(0, second), *signature)) return refused();
  auto read = claims_of(*claims, now);
  if (!read) return refused();
  return std::move(*read);
}

bool TokenVerifier::header_holds(std::string_view json) {
  padded_.assign(json);
  padded_.append(simdjson::SIMDJSON_PADDING, '\0');
  dom::object header;
  if (parser_.parse(padded_.data(), json.size(), false).get_object().get(header) !=
      simdjson::SUCCESS) {
    return false;
  }
  const auto algorithm = text_of(header, "alg");
  const auto type = text_of(header, "typ");
  return header.size() == 2 && algorithm == key_->algorithm() && type &&
         (equal_without_case(*type, "at+jwt") || equal_without_case(*type, "application/at+jwt"));
}

std::optional<TokenClaims> TokenVerifier::claims_of(std::string_view json, WallTime now) {
  padded_.assign(json);
  padded_.append(simdjson::SIMDJSON_PADDING, '\0');
  dom::object claims;
  if (parser_.parse(padded_.data(), json.size(), false).get_object().get(claims) !=
          simdjson::SUCCESS ||
      !names_are_unique(claims)) {
    return std::nullopt;
  }
  if (text_of(claims, "iss") != parties_.issuer || !is_for(claims, parties_.audience)) {
    return std::nullopt;
  }
  const auto user = UserId::parse(text_of(claims, "sub").value_or(""));
  const auto session = AuthSessionId::parse(text_of(claims, "sid").value_or(""));
  const auto token_id = text_of(claims, "jti").value_or("");
  const auto issued = time_of(claims, "iat");
  const auto expires = time_of(claims, "exp");
  if (!user || !session || !issued || !expires) return std::nullopt;
  if (token_id.empty() || token_id.size() > kTokenIdBytesMax) return std::nullopt;
  if (at(*issued) > now + kTokenLeeway || at(*expires) <= now || *expires <= *issued) {
    return std::nullopt;
  }
  if (has(claims, "nbf")) {
    const auto not_before = time_of(claims, "nbf");
    if (!not_before || at(*not_before) > now + kTokenLeeway) return std::nullopt;
  }
  return TokenClaims{.user = *user,
                     .session = *session,
                     .issued_at = at(*issued),
                     .expires = at(*expires),
                     .token_id = std::string(token_id)};
}

}  // namespace kith
