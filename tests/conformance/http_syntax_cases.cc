// RFC 9112 sections 2 to 5: lines, the request line, fields; what is no HTTP at all; many requests
// on one connection.
#include "tests/conformance/http_cases.h"

namespace kith::test {
namespace {

using namespace std::string_literals;

const std::string kSyntaxRefused = "400 eof";
const std::string kSyntaxAnswered = "200 marker eof";

struct SyntaxRow {
  std::string id;
  std::string bytes;
  std::string expect = kSyntaxRefused;
};

void add_rows(std::vector<HttpCase>& cases, const std::vector<SyntaxRow>& rows,
              const char* section) {
  for (const SyntaxRow& row : rows) {
    cases.push_back(
        {.id = row.id, .section = section, .writes = {row.bytes}, .expect = row.expect});
  }
}

std::vector<std::string> by(std::size_t size, std::string_view bytes) {
  std::vector<std::string> pieces;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
    pieces.emplace_back(bytes.substr(0, size));
  }
  return pieces;
}

std::string joined_crlfs(std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += "\r\n";
  return all;
}

std::string line(std::string_view text) {
  return std::string(text) + "\r\nHost: a\r\n\r\n";
}

void add_request_lines(std::vector<HttpCase>& cases) {
  add_rows(cases,
           {{"line-plain", get("/healthz"), kSyntaxAnswered},
            {"line-crlf-before", "\r\n" + get("/healthz"), kSyntaxAnswered},
            {"line-two-crlf-before", "\r\n\r\n" + get("/healthz"),
             kSyntaxRefused + " | " + kSyntaxAnswered},
            {"line-lf-before", "\n" + get("/healthz")},
            {"line-space-before", " " + get("/healthz")},
            {"line-no-version", line("GET /healthz")},
            {"line-space-for-a-version", "GET / \r\n\r\n"},
            {"line-of-http-0.9", "GET /healthz\r\n\r\n"},
            {"line-no-target", line("GET HTTP/1.1")},
            {"line-method-only", line("GET")},
            {"line-two-spaces", line("GET  /healthz HTTP/1.1")},
            {"line-two-spaces-behind", line("GET /healthz  HTTP/1.1")},
            {"line-tab", line("GET\t/healthz HTTP/1.1")},
            {"line-tab-behind", line("GET /healthz\tHTTP/1.1")},
            {"line-space-at-the-end", line("GET /healthz HTTP/1.1 ")},
            {"line-four-words", line("GET /healthz x HTTP/1.1")},
            {"line-vertical-tab", line("GET\x0B/healthz HTTP/1.1")},
            {"line-null", line("GET /healthz\0 HTTP/1.1"s)},
            {"line-null-in-method", line("G\0ET /healthz HTTP/1.1"s)},
            {"line-0x80", line("GET /healthz\x80 HTTP/1.1")},
            {"line-method-with-colon", line("G:T /healthz HTTP/1.1")},
            {"line-method-empty", line(" /healthz HTTP/1.1")},
            {"version-2.0", line("GET /healthz HTTP/2.0")},
            {"version-1.2", line("GET /healthz HTTP/1.2")},
            {"version-0.9", line("GET /healthz HTTP/0.9")},
            {"version-9.9", line("GET /healthz HTTP/9.9")},
            {"version-1.10", line("GET /healthz HTTP/1.10")},
            {"version-01.1", line("GET /healthz HTTP/01.1")},
            {"version-1", line("GET /healthz HTTP/1")},
            {"version-1,1", line("GET /healthz HTTP/1,1")},
            {"version-lower-case", line("GET /healthz http/1.1")},
            {"version-other", line("GET /healthz HTTQ/1.1")},
            {"version-1.0", "GET /healthz HTTP/1.0\r\n\r\n", "200 eof"},
            {"version-1.0-with-host", line("GET /healthz HTTP/1.0"), "200 eof"},
            {"version-1.0-keep-alive", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
             kSyntaxAnswered},
            {"connection-close", get("/healthz", "Connection: close\r\n"), "200 eof"},
            {"connection-CLOSE", get("/healthz", "CONNECTION: CLOSE\r\n"), "200 eof"},
            {"connection-list", get("/healthz", "Connection: x, close\r\n"), "200 eof"},
            {"connection-two-fields",
             get("/healthz", "Connection: keep-alive\r\nConnection: close\r\n"), "200 eof"},
            {"connection-closed-is-no-close", get("/healthz", "Connection: closed\r\n"),
             kSyntaxAnswered}},
           "RFC 9112 2 and 3");
}

void add_fields(std::vector<HttpCase>& cases) {
  const auto with = [](const std::string& field) { return get("/healthz", field + "\r\n"); };
  add_rows(cases,
           {{"field-plain", with("X-Thing: a"), kSyntaxAnswered},
            {"field-without-space", with("X-Thing:a"), kSyntaxAnswered},
            {"field-empty", with("X-Thing:"), kSyntaxAnswered},
            {"field-tabs-around", with("X-Thing:\t a \t"), kSyntaxAnswered},
            {"field-every-token-character", with("!#$%&'*+-.^_`|~0Az: a"), kSyntaxAnswered},
            {"field-with-colons", with("X-Thing: a:b::c"), kSyntaxAnswered},
            {"field-te", with("TE: trailers"), kSyntaxAnswered},
            {"field-upgrade-h2c", with("Connection: Upgrade\r\nUpgrade: h2c"), kSyntaxAnswered},
            {"field-space-before-colon", with("X-Thing : a")},
            {"field-tab-before-colon", with("X-Thing\t: a")},
            {"field-name-empty", with(": a")},
            {"field-name-with-space", with("X Thing: a")},
            {"field-name-with-parens", with("X(Thing): a")},
            {"field-name-with-slash", with("X/Thing: a")},
            {"field-name-with-0x80", with("X\x80: a")},
            {"field-name-with-null", with("X\0: a"s)},
            {"field-no-colon", with("X-Thing")},
            {"field-first-folded", get("/healthz", " X: a\r\n")},
            {"field-folded-space", with("X: a\r\n b")},
            {"field-folded-tab", with("X: a\r\n\tb")},
            {"field-folded-empty", with("X: a\r\n ")},
            {"field-null", with("X: \0"s)},
            {"field-control", with("X: \x01")},
            {"field-escape", with("X: \x1B[2J")},
            {"field-delete", with("X: \x7F")},
            {"field-0x80", with("X: \x80")},
            {"field-utf8", with("X: \xC3\xA4")},
            {"field-bare-cr", with("X: a\rb")},
            {"field-bare-lf", with("X: a\nY: b")},
            {"field-cr-cr-lf", with("X: a\r")},
            {"lines-lf-only", "GET /healthz HTTP/1.1\nHost: a\n\n"},
            {"lines-cr-only", "GET /healthz HTTP/1.1\rHost: a\r\r"},
            {"lines-lf-cr", "GET /healthz HTTP/1.1\n\rHost: a\n\r\n\r"},
            {"lines-last-lf-only", "GET /healthz HTTP/1.1\r\nHost: a\r\n\n"}},
           "RFC 9112 5, RFC 9110 5");
}

void add_other_protocols(std::vector<HttpCase>& cases) {
  add_rows(cases,
           {{"other-http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
            {"other-tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s},
            {"other-sslv2", "\x80\x2E\x01\x03\x01"s},
            {"other-ssh", "SSH-2.0-OpenSSH_9.2\r\n"},
            {"other-smtp", "EHLO example.com\r\n"},
            {"other-redis", "*1\r\n$4\r\nPING\r\n"},
            {"other-socks", "\x05\x01\x00"s},
            {"other-proxy-v1", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + get("/healthz")},
            {"other-proxy-v2", "\r\n\r\n\x00\r\nQUIT\n"s},
            {"other-json", "{\"type\":\"ping\"}\r\n\r\n"},
            {"other-zeros", std::string(1000, '\0')},
            {"other-0xFF", std::string(1000, '\xFF')},
            {"other-crlfs", joined_crlfs(1000)}},
           "RELIABILITY 3.2");
  cases.push_back({.id = "other-a-megabyte-without-a-line",
                   .section = "RELIABILITY 3.2",
                   .writes = {std::string(1 << 20, 'A')},
                   .expect = "414 eof"});
}

void add_pieces_and_pipelines(std::vector<HttpCase>& cases) {
  const auto add = [&](std::string id, std::vector<std::string> writes, std::string expect,
                       Behind behind = Behind::marker) {
    cases.push_back({.id = std::move(id),
                     .section = "RFC 9112 9.3",
                     .writes = std::move(writes),
                     .expect = std::move(expect),
                     .behind = behind});
  };
  add("request-by-1", by(1, "\r\n" + get("/healthz", "X: a\r\n")), kSyntaxAnswered);
  add("request-by-7", by(7, get("/healthz", "X: a\r\n")), kSyntaxAnswered);
  add("request-and-body-by-3",
      by(3, post(std::string(kJsonType) + "Content-Length: 4\r\n", "{  }")), "422 marker eof");
  std::string ten;
  std::string fifty;
  for (int i = 0; i < 9; ++i) {
    ten += i % 3 == 0 ? get("/healthz") : i % 3 == 1 ? get("/nowhere") : post_json("{}");
  }
  for (int i = 0; i < 50; ++i) fifty += get("/healthz");
  add("pipeline-of-10", {ten}, "200 404 422 200 404 422 200 404 422 marker eof");
  add("pipeline-of-10-by-11", by(11, ten), "200 404 422 200 404 422 200 404 422 marker eof");
  add("pipeline-of-10-then-our-end", {ten}, "200 404 422 200 404 422 200 404 422 eof", Behind::end);
  std::string answers;
  for (int i = 0; i < 50; ++i) answers += "200 ";
  add("pipeline-of-51", {fifty}, answers + "marker eof");
  add("pipeline-refused-in-the-middle", {get("/healthz") + get("/", "X : a\r\n") + ten},
      "200 400 eof");
  add("pipeline-closed-in-the-middle",
      {get("/healthz") + get("/healthz", "Connection: close\r\n") + ten}, "200 200 eof");
  add("our-end-behind-a-request", {get("/healthz")}, "200 eof", Behind::end);
  add("our-end-in-a-head", {"GET /healthz HTTP/1.1\r\nHost: a\r\n"}, "eof | 400 eof", Behind::end);
  add("our-end-at-once", {""}, "eof", Behind::end);
}

}  // namespace

void add_syntax_cases(std::vector<HttpCase>& cases) {
  add_request_lines(cases);
  add_fields(cases);
  add_other_protocols(cases);
  add_pieces_and_pipelines(cases);
}

}  // namespace kith::test
