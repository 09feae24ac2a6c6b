// RFC 9112 section 3.2, RFC 3986 and RELIABILITY 3.2: targets, paths, queries and Host.
#include "tests/conformance/http_cases.h"

namespace kith::test {
namespace {

const std::string kTargetRefused = "400 eof";
const std::string kTargetAnswered = "200 marker eof";
const std::string kNothingThere = "404 marker eof";

struct TargetRow {
  std::string target;
  std::string expect = kTargetRefused;
};

void add_targets(std::vector<HttpCase>& cases, const std::vector<TargetRow>& rows) {
  for (const auto& [target, expect] : rows) {
    const bool brief = target.size() <= 60;
    const std::string name =
        brief ? target : target.substr(0, 10) + "-of-" + std::to_string(target.size());
    cases.push_back({.id = "target-" + name,
                     .section = "RFC 9112 3.2",
                     .writes = {get(target)},
                     .expect = expect,
                     .lacks = {"root:"}});
  }
}

const std::vector<TargetRow>& forms() {
  static const std::vector<TargetRow> rows = {
      {"/healthz", kTargetAnswered},
      {"/api/v1/healthz", kTargetAnswered},
      {"/healthz?", kTargetAnswered},
      {"/healthz?a=b&c=d", kTargetAnswered},
      {"/h%65althz", kTargetAnswered},
      {"/%68%65%61%6C%74%68%7A", kTargetAnswered},
      {"/", kTargetAnswered},
      {"/HEALTHZ", kNothingThere},
      {"/healthz/", kNothingThere},
      {"/healthz/x", kNothingThere},
      {"/api/v1", kNothingThere},
      {"/api/v2/healthz", kNothingThere},
      {"/api/v1/api/v1/healthz", kNothingThere},
      {"/healthz;a=b", kNothingThere},
      {"/constructor", kNothingThere},
      {"/__proto__", kNothingThere},
      {"http://a/healthz"},
      {"http://b/healthz"},
      {"https://a/healthz"},
      {"//a/healthz"},
      {"healthz"},
      {"*"},
      {"a:80"},
      {"?"},
      {"?a=b"},
      {"/healthz#top"},
      {"#"},
      {"/a\"b"},
      {"/a<b>"},
      {"/a{b}"},
      {"/a|b"},
      {"/a^b"},
      {"/a`b"},
      {"/a[b]"},
      {"/\xC3\xA4"},
      {"/\xFF"},
      {"/a\x01"},
      {"/a\x7F"},
  };
  return rows;
}

const std::vector<TargetRow>& traversals() {
  static const std::vector<TargetRow> rows = {
      {"/.."},
      {"/../etc/passwd"},
      {"/../../../../etc/passwd"},
      {"/a/../healthz"},
      {"/./healthz"},
      {"/healthz/."},
      {"/healthz/.."},
      {"/%2e%2e/etc/passwd"},
      {"/%2E%2E%2Fetc/passwd"},
      {"/..%2fetc"},
      {"/..%5cetc"},
      {"/%2e/healthz"},
      {"/%2fhealthz"},
      {"/a%2fhealthz"},
      {"/a%5chealthz"},
      {"/a\\healthz"},
      {"\\healthz"},
      {"//healthz"},
      {"/a//healthz"},
      {"/healthz//"},
      {"/healthz%00"},
      {"/healthz%0a"},
      {"/healthz%0d%0aX-Evil:%20yes"},
      {"/healthz%7f"},
      {"/%c0%ae%c0%ae/etc"},
      {"/%c0%af"},
      {"/%e0%80%af"},
      {"/%ed%a0%80"},
      {"/%ff"},
      {"/%"},
      {"/%2"},
      {"/%zz"},
      {"/%%32"},
      {"/%u002e"},
      {"/%252e%252e/etc", kNothingThere},
      {"/%252fetc", kNothingThere},
      {"/...", kNothingThere},
      {"/..;/healthz", kNothingThere},
      {"/chats/..%2f..%2fusers"},
      {"/chats/%00"},
      {"/users/%F0%9F%98%80", "401 marker eof"},
  };
  return rows;
}

std::vector<TargetRow> queries() {
  std::string many = "/healthz?";
  for (int i = 0; i < 1000; ++i) many += "a" + std::to_string(i) + "=1&";
  return {
      {"/healthz?a=1&a=2"},
      {"/healthz?a=1&%61=2"},
      {"/healthz?a&a"},
      {"/healthz?a[]=1"},
      {"/healthz?a%5B%5D=1", kTargetAnswered},
      {"/healthz?=1"},
      {"/healthz?&"},
      {"/healthz?a=1&&b=2"},
      {"/healthz?a=%"},
      {"/healthz?a=%2"},
      {"/healthz?a=%zz"},
      {"/healthz?%zz=1"},
      {"/healthz?a=%00"},
      {"/healthz?a=%0d%0a"},
      {"/healthz?a=%ff"},
      {"/healthz?a=%c0%80"},
      {"/healthz?a=%ed%a0%80"},
      {"/healthz?a=b=c", kTargetAnswered},
      {"/healthz?a", kTargetAnswered},
      {"/healthz?a=+", kTargetAnswered},
      {"/healthz?__proto__=1", kTargetAnswered},
      {many},
      {"/healthz?" + std::string(7000, 'a'), kTargetAnswered},
      {"/healthz?" + std::string(9000, 'a'), "414 eof"},
      {"/" + std::string(9000, 'a'), "414 eof"},
  };
}

void add_hosts(std::vector<HttpCase>& cases) {
  const auto add = [&](const std::string& id, const std::string& fields,
                       const std::string& expect = kTargetRefused) {
    cases.push_back({.id = "host-" + id,
                     .section = "RFC 9112 3.2, RFC 9110 7.2",
                     .writes = {"GET /healthz HTTP/1.1\r\n" + fields + "\r\n"},
                     .expect = expect});
  };
  add("none", "");
  add("twice", "Host: a\r\nHost: a\r\n");
  add("two", "Host: a\r\nHost: b\r\n");
  add("two-other-case", "Host: a\r\nHOST: b\r\n");
  add("with-space-before-colon", "Host : a\r\n");
  for (const char* good : {"a", "a.example.com", "a:80", "127.0.0.1:8080", "[::1]", "[::1]:80",
                           "EXAMPLE.com", "xn--bcher-kva.example", "a_b", "a:65535"}) {
    add(good, std::string("Host: ") + good + "\r\n", kTargetAnswered);
  }
  for (const char* bad : {"",       " ",       "a b",     "a,b",      "a/b",  "user@a",  "a:b",
                          "a:-1",   "a:65536", "a:99999", "a:999999", "[::1", "::1]",    "[]",
                          "[::1]x", "[::1]:",  "[g::1]",  "a\\b",     "a\"b", "a<b>",    "http://a",
                          "a?b",    "a#b",     "a%00",    "a;b",      "{a}",  "\xC3\xA4"}) {
    add(std::string("bad-") + bad, std::string("Host: ") + bad + "\r\n");
  }
  add("bad-of-256", "Host: " + std::string(256, 'a') + "\r\n");
  // An empty port is in the grammar, and nobody sends it.
  add("empty-port", "Host: a:\r\n", kTargetRefused + " | " + kTargetAnswered);
}

}  // namespace

void add_target_cases(std::vector<HttpCase>& cases) {
  add_targets(cases, forms());
  add_targets(cases, traversals());
  add_targets(cases, queries());
  add_hosts(cases);
}

}  // namespace kith::test
