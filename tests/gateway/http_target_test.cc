// Request targets: decoded once, and nothing that could mean another path to somebody else.
#include <doctest/doctest.h>

#include "gateway/http_request_checks.h"
#include "gateway/http_router.h"

namespace kith {
namespace {

int status_of(std::string_view target) {
  HttpRequest request;
  const auto refusal = parse_target(target, request);
  return refusal ? refusal->status : 200;
}

std::vector<std::string> segments_of(std::string_view target) {
  HttpRequest request;
  REQUIRE_FALSE(parse_target(target, request));
  return request.segments;
}

TEST_CASE("paths are split and decoded once") {
  CHECK(segments_of("/").empty());
  CHECK(segments_of("/chats/%F0%9F%91%8D") == std::vector<std::string>{"chats", "👍"});
  // Decoded once: what is left is a literal that no route knows.
  CHECK(segments_of("/%252e%252e") == std::vector<std::string>{"%2e%2e"});
  CHECK(segments_of("/a/") == std::vector<std::string>{"a", ""});
}

TEST_CASE("paths that hide another path are 400") {
  for (const auto* path :
       {"/..",    "/../x",         "/a/../b",       "/.",         "/%2e%2e/x", "/%2E%2e", "/a%2fb",
        "/a%2Fb", "/a%5cb",        "/a\\b",         "//",         "//a",       "/a//b",   "/a%00",
        "/%00",   "/%0d%0aX:%20y", "/%c0%ae%c0%ae", "/%ed%a0%80", "/%ff",      "/%",      "/%1",
        "/%zz",   "/a#b",          "/<a>",          "/a\"b",      "/{a}",      "/a|b",    ""}) {
    INFO(path);
    CHECK(status_of(path) == 400);
  }
}

TEST_CASE("queries: no name twice, no brackets, no bad escape, no flood") {
  CHECK(status_of("/a?b=c&d=e") == 200);
  CHECK(status_of("/a?") == 200);
  CHECK(status_of("/a?flag") == 200);
  for (const auto* query :
       {"b=1&b=2", "b=1&%62=2", "b[]=1", "=1", "&&", "b=%", "b=%zz", "b=%00", "b=%ff"}) {
    INFO(query);
    CHECK(status_of("/a?" + std::string(query)) == 400);
  }
  std::string many = "/a?x=1";
  for (int i = 0; i < 31; ++i) many.append("&p").append(std::to_string(i)).append("=1");
  CHECK(status_of(many) == 200);
  CHECK(status_of(many + "&one=more") == 400);
}

RouteMatch match(HttpMethod method, std::string_view target) {
  HttpRequest request;
  REQUIRE_FALSE(parse_target(target, request));
  return router().match(method, without_api_prefix(request.segments));
}

TEST_CASE("every path stands at the root and under /api/v1") {
  for (const auto* path : {"/chats", "/users/me", "/auth/login", "/chats/x/messages/y/report"}) {
    INFO(path);
    CHECK_FALSE(match(HttpMethod::get, path).allow.empty());
    CHECK_FALSE(match(HttpMethod::get, "/api/v1" + std::string(path)).allow.empty());
    CHECK(match(HttpMethod::get, "/api/v2" + std::string(path)).allow.empty());
  }
}

TEST_CASE("a path of words goes before one with a parameter") {
  CHECK(match(HttpMethod::get, "/users/me").parameters.empty());
  CHECK(match(HttpMethod::get, "/users/you").parameters == std::vector<std::string>{"you"});
}

TEST_CASE("what exists with other methods says which; a slash at the end is another path") {
  CHECK(match(HttpMethod::del, "/chats").route == nullptr);
  CHECK(match(HttpMethod::del, "/chats").allow == "POST, GET, HEAD, OPTIONS");
  CHECK(match(HttpMethod::head, "/chats").route != nullptr);
  CHECK(match(HttpMethod::get, "/chats/").allow.empty());
  CHECK(match(HttpMethod::get, "/Chats").allow.empty());
  CHECK(match(HttpMethod::get, "/").route != nullptr);
  CHECK(match(HttpMethod::post, "/").allow == "GET, HEAD, OPTIONS");
  CHECK(match(HttpMethod::get, "/api/v1").allow.empty());
  CHECK(match(HttpMethod::post, "/users/me").allow == "GET, HEAD, PATCH, DELETE, OPTIONS");
}

}  // namespace
}  // namespace kith
