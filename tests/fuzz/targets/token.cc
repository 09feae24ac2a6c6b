// Access tokens and base64url. Nothing is accepted that our key has not signed; and of what it has
// signed, exactly what the header of jwt.h says.
#include <simdjson.h>
#include <sodium.h>

#include <algorithm>
#include <set>

#include "gateway/jwt.h"
#include "gateway/jwt_base64.h"
#include "tests/fuzz/fuzz.h"

namespace kith::fuzz {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kNow = 1'800'000'000;
const WallTime kClock{std::chrono::seconds{kNow}};
constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
const TokenParties kParties{.issuer = "kith", .audience = "kith"};

TokenVerifier& verifier() {
  static TokenVerifier one = [] {
    auto key = make_hmac_key(std::string(kSecret));
    KITH_ASSERT(key);
    return TokenVerifier(*key, kParties);
  }();
  return one;
}

// HMAC by libsodium, where the product uses OpenSSL.
std::string signature_of(std::string_view signed_part) {
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256(mac.data(), reinterpret_cast<const unsigned char*>(signed_part.data()),
                         signed_part.size(),
                         reinterpret_cast<const unsigned char*>(kSecret.data()));
  return base64url_encode({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

std::string sign(std::string_view header, std::string_view claims) {
  const std::string part = base64url_encode(header) + '.' + base64url_encode(claims);
  return part + '.' + signature_of(part);
}

bool accepts(std::string_view token) {
  const auto claims = verifier().verify(token, kClock);
  if (claims) return true;
  // One constant answer.
  KITH_ASSERT(claims.error().code == ErrorCode::unauthorized && claims.error().field.empty());
  KITH_ASSERT(claims.error().message == "the token does not hold");
  return false;
}

void check_base64url(std::string_view text) {
  KITH_ASSERT(base64url_decode(base64url_encode(text)) == text);
  const auto bytes = base64url_decode(text);
  if (bytes) KITH_ASSERT(base64url_encode(*bytes) == text);
  // libsodium 1.0.18 takes some bytes above 0x7F for digits.
  if (std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; })) {
    KITH_ASSERT(!bytes);
    return;
  }
  std::string by_sodium(text.size(), '\0');
  std::size_t size = 0;
  const int read = sodium_base642bin(reinterpret_cast<unsigned char*>(by_sodium.data()),
                                     by_sodium.size(), text.data(), text.size(), nullptr, &size,
                                     nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  KITH_ASSERT((read == 0) == bytes.has_value());
  if (bytes) KITH_ASSERT(*bytes == by_sodium.substr(0, size));
}

void check_token(std::string_view token) {
  if (!accepts(token)) return;
  const auto dot = token.rfind('.');
  KITH_ASSERT(dot != token.npos && token.substr(dot + 1) == signature_of(token.substr(0, dot)));
}

// --- what a signed token must say, read a second time ---

std::optional<dom::object> object_of(dom::parser& parser, const std::string& text) {
  KITH_ASSERT(parser.allocate(kTokenBytesMax, 8) == simdjson::SUCCESS);
  dom::object object;
  if (parser.parse(text).get(object) != simdjson::SUCCESS) return std::nullopt;
  std::set<std::string_view> names;
  for (const auto member : object) {
    if (!names.insert(member.key).second) return std::nullopt;
  }
  return object;
}

std::string text_of(dom::object object, std::string_view name) {
  std::string_view text;
  return object.at_key(name).get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// -1 where it is no whole number of a time.
std::int64_t seconds_of(dom::object object, std::string_view name) {
  dom::element element;
  if (object.at_key(name).get(element) != simdjson::SUCCESS || !element.is_int64()) return -1;
  const std::int64_t value = element;
  return value <= 253'402'300'799 ? value : -1;
}

bool header_holds(const std::string& text) {
  dom::parser parser;
  const auto header = object_of(parser, text);
  if (!header || header->size() != 2) return false;
  std::string type = text_of(*header, "typ");
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text_of(*header, "alg") == "HS256" && (type == "at+jwt" || type == "application/at+jwt");
}

bool is_for_us(dom::object claims) {
  if (text_of(claims, "aud") == "kith") return true;
  dom::array several;
  if (claims["aud"].get(several) != simdjson::SUCCESS) return false;
  bool found = false;
  for (const dom::element each : several) {
    std::string_view text;
    if (each.get(text) != simdjson::SUCCESS) return false;
    found = found || text == "kith";
  }
  return found;
}

bool claims_hold(const std::string& text) {
  dom::parser parser;
  const auto claims = object_of(parser, text);
  if (!claims) return false;
  const std::int64_t issued = seconds_of(*claims, "iat");
  const std::int64_t expires = seconds_of(*claims, "exp");
  const bool has_start = claims->at_key("nbf").error() == simdjson::SUCCESS;
  const std::int64_t start = has_start ? seconds_of(*claims, "nbf") : 0;
  const std::string id = text_of(*claims, "jti");
  return text_of(*claims, "iss") == "kith" && is_for_us(*claims) &&
         UserId::parse(text_of(*claims, "sub")) && AuthSessionId::parse(text_of(*claims, "sid")) &&
         !id.empty() && id.size() <= 64 && issued >= 0 && issued <= kNow + 60 && expires > kNow &&
         expires > issued && start >= 0 && start <= kNow + 60;
}

void check_signed(const std::string& header, const std::string& claims) {
  const std::string token = sign(header, claims);
  const bool holds = token.size() <= kTokenBytesMax && header_holds(header) && claims_hold(claims);
  KITH_ASSERT(accepts(token) == holds);
}

// A good token, and what is left of it when bytes are put in, taken out or turned.
void check_changed(Input& input) {
  static const std::string good = sign(
      R"({"alg":"HS256","typ":"at+jwt"})",
      R"({"iss":"kith","aud":"kith","sub":"usr_01ARZ3NDEKTSV4RRFFQ69G5FAX",)"
      R"("sid":"ses_01ARZ3NDEKTSV4RRFFQ69G5FAY","iat":1799999990,"exp":1800000890,"jti":"a"})");
  KITH_ASSERT(accepts(good));
  std::string token = good;
  while (!input.empty()) {
    const std::size_t at = input.number() % (token.size() + 1);
    const std::size_t gone = std::min<std::size_t>(input.below(4), token.size() - at);
    token.replace(at, gone, input.text());
  }
  if (token != good) KITH_ASSERT(!accepts(token));
}

}  // namespace
}  // namespace kith::fuzz

KITH_FUZZ_TARGET(token) {
  using namespace kith::fuzz;
  Input given(input);
  switch (given.below(4)) {
    case 0:
      return check_base64url(given.rest());
    case 1:
      return check_token(given.rest());
    case 2:
      return check_changed(given);
    default:
      break;
  }
  const std::string header(given.text());
  check_signed(header, std::string(given.rest()));
}
