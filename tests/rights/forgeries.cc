#include "tests/rights/forgeries.h"

#include "tests/rights/world.h"

namespace kith::test {
namespace {

using namespace jwt_forger;
using List = std::vector<Forgery>;

// Signed well, but under a header that is not ours.
void add_headers(const ForgersKit& kit, List& list) {
  const auto add = [&](std::string name, const std::string& header) {
    list.push_back({std::move(name), forge(header, good_claims(kit.bearer), kit.secret)});
  };
  for (const char* algorithm :
       {R"("none")", R"("None")", R"("nOnE")", R"("NONE")", R"("hs256")", R"("HS384")",
        R"("HS512")", R"("RS256")", R"("ES256")", R"("PS256")", R"("EdDSA")", R"("")", "null",
        R"(["HS256"])", R"({"a":"HS256"})", "256"}) {
    add(std::string("alg ") + algorithm,
        R"({"alg":)" + std::string(algorithm) + R"(,"typ":"at+jwt"})");
  }
  add("alg missing", R"({"typ":"at+jwt"})");
  add("alg twice", R"({"alg":"HS256","alg":"none","typ":"at+jwt"})");
  add("typ missing", R"({"alg":"HS256"})");
  for (const char* type : {"JWT", "refresh+jwt", "id+jwt", "dpop+jwt", "logout+jwt", "ticket"}) {
    add(std::string("typ ") + type, R"({"alg":"HS256","typ":")" + std::string(type) + "\"}");
  }
  for (const char* member :
       {R"("crit":["x"],"x":1)", R"("crit":[])", R"("jku":"https://evil.example/keys")",
        R"("x5u":"https://evil.example/cert")", R"("jwk":{"kty":"oct","k":"AA"})",
        R"("x5c":["AA"])", R"("kid":"../../../../dev/null")", R"("kid":"x' UNION SELECT 'k")",
        R"("kid":"https://evil.example/k")", R"("kid":"a\u0000b")", R"("kid":"unknown")",
        R"("zip":"DEF")", R"("b64":false)", R"("cty":"JWT")", R"("enc":"A128GCM")"}) {
    add(std::string("header with ") + member,
        R"({"alg":"HS256","typ":"at+jwt",)" + std::string(member) + "}");
  }
  add("kid of 10 KB",
      R"({"alg":"HS256","typ":"at+jwt","kid":")" + std::string(10'000, 'k') + "\"}");
  for (const char* header : {"", "{}", "[]", R"("HS256")", R"({"alg":"HS256","typ":"at+jwt"}{})",
                             R"({"alg":"HS256","typ":"at+jwt",})",
                             "\xef\xbb\xbf{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"}) {
    add(std::string("header ") + header, header);
  }
}

// Signed well, but a claim is missing or is not what we issue.
void add_claims(const ForgersKit& kit, List& list) {
  const std::int64_t now = kit.bearer.now;
  const auto text = [](std::int64_t number) { return std::to_string(number); };
  const std::vector<std::pair<const char*, std::optional<std::string>>> changes = {
      {"iss", std::nullopt},
      {"iss", R"("other")"},
      {"iss", R"("KITH")"},
      {"iss", R"(["kith"])"},
      {"aud", std::nullopt},
      {"aud", R"("other")"},
      {"aud", R"([])"},
      {"aud", R"(["kith",1])"},
      {"sub", std::nullopt},
      {"sub", R"("")"},
      {"sub", R"("1 OR 1=1")"},
      {"sub", quoted(kit.bearer.session.text())},
      {"sub", quoted(unknown_id("usr_"))},
      {"sub", quoted(kit.erased_user.text())},
      {"sid", std::nullopt},
      {"sid", "null"},
      {"sid", quoted(kit.bearer.user.text())},
      {"sid", quoted(kit.session_of_another.text())},
      {"exp", std::nullopt},
      {"exp", text(now - 1)},
      {"exp", text(now - 86'400)},
      {"exp", quoted(text(now + 900))},
      {"exp", text(now + 900) + ".0"},
      {"exp", "-1"},
      {"exp", "1e400"},
      {"exp", "1e12"},
      {"exp", "18446744073709551615"},
      {"exp", "9223372036854775807"},
      {"exp", "true"},
      {"exp", "[" + text(now + 900) + "]"},
      {"iat", std::nullopt},
      {"iat", text(now + 3600)},
      {"iat", "-1"},
      {"iat", quoted(text(now))},
      {"nbf", text(now + 3600)},
      {"nbf", R"("0")"},
      {"nbf", "1.5"},
      {"jti", std::nullopt},
      {"jti", R"("")"},
      {"jti", quoted(std::string(65, 'x'))},
  };
  for (const auto& [claim, value] : changes) {
    list.push_back({std::string(claim) + ' ' + value.value_or("missing"),
                    forge(kHeader, claims_with(claim, value, kit.bearer), kit.secret)});
  }
  const std::string good = good_claims(kit.bearer);
  const std::string open = good.substr(0, good.size() - 1);
  for (const std::string& claims :
       {std::string(), std::string("{}"), "[" + good + "]", good + good, open,
        open + R"(,"exp":4000000000})", open + R"(,"\u0065xp":4000000000})", open + ",}",
        open + R"(,"x":"\ud800"})", open + R"(,"x":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]})"}) {
    list.push_back({"claims " + claims, forge(kHeader, claims, kit.secret)});
  }
}

// A good token, taken apart.
void add_shapes(const ForgersKit& kit, List& list) {
  const std::string& good = kit.good_token;
  const auto first = good.find('.');
  const auto second = good.find('.', first + 1);
  const std::string header = good.substr(0, first);
  const std::string claims = good.substr(first + 1, second - first - 1);
  const std::string input = good.substr(0, second);
  const std::string signature = good.substr(second + 1);
  const std::string none = base64url_encode(R"({"alg":"none","typ":"at+jwt"})");
  std::string twin = good;  // the last digit's unused bits set: the same bytes to a lax decoder
  twin.back() = static_cast<char>(twin.back() + 1);
  std::string turned = good;
  turned[second + 5] = turned[second + 5] == 'A' ? 'B' : 'A';
  std::string other_claims = good;
  other_claims[first + 9] = other_claims[first + 9] == 'A' ? 'B' : 'A';
  list.insert(list.end(),
              {{"one dot", "."},
               {"two dots", ".."},
               {"the header alone", header},
               {"no signature", input},
               {"an empty signature", input + "."},
               {"alg none, without a signature", none + "." + claims + "."},
               {"alg none, with the signature", none + "." + claims + "." + signature},
               {"a signature of zeros", input + "." + base64url_encode(std::string(32, '\0'))},
               {"a signature too short", input + "." + base64url_encode(std::string(31, 'x'))},
               {"a signature too long", good + "AAAA"},
               {"the signature cut by one", good.substr(0, good.size() - 1)},
               {"the signature cut by four", good.substr(0, good.size() - 4)},
               {"a bit of the signature turned", turned},
               {"a bit of the claims turned", other_claims},
               {"not canonical base64url", twin},
               {"padding", good + "="},
               {"padding twice", good + "=="},
               {"padding inside", input + "=." + signature},
               {"base64 and not base64url", input + "+/." + signature},
               {"a white space inside", header + ". " + claims + "." + signature},
               {"four parts", good + "." + signature},
               {"five parts, as JWE", header + "." + claims + ".x." + signature + ".y"},
               {"an empty part", header + ".." + signature},
               {"parts in another order", claims + "." + header + "." + signature},
               {"nested", forge(kHeader, good, kit.secret)},
               {"the scheme twice", "Bearer " + good},
               {"2,000 dots", std::string(2000, '.')},
               {"8,000 letters", std::string(8000, 'a')},
               {"a good one with 8,000 letters behind it", good + std::string(8000, 'a')},
               {.name = "100 KB", .token = std::string(100'000, 'a'), .oversized = true},
               {.name = "a blank behind it", .token = good + " ", .only_on_sockets = true},
               {.name = "a blank before it", .token = " " + good, .only_on_sockets = true},
               {.name = "a line end behind it", .token = good + "\n", .only_on_sockets = true}});
}

// What is signed well, or was, and is worth nothing.
void add_others(const ForgersKit& kit, List& list) {
  const std::string good = good_claims(kit.bearer);
  list.insert(list.end(),
              {{"of a key that was rotated out",
                forge(kHeader, good, "the secret of last year, 32 bytes or more")},
               {"of the secret with a byte more", forge(kHeader, good, kit.secret + '0')},
               {"of the key's public name",
                forge(kHeader, good, "-----BEGIN PUBLIC KEY-----" + std::string(64, 'A'))},
               {"of a login that has ended", kit.logged_out_token},
               {"a refresh token", kit.refresh_token},
               {"a user id", kit.bearer.user.text()},
               {"null", "null"},
               {"undefined", "undefined"},
               {"a wildcard", "*"}});
}

}  // namespace

std::vector<Forgery> forgeries(const ForgersKit& kit) {
  List list;
  add_headers(kit, list);
  add_claims(kit, list);
  add_shapes(kit, list);
  add_others(kit, list);
  return list;
}

}  // namespace kith::test
