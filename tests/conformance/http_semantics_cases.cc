// RFC 9110 and RELIABILITY 3.2: methods, media types, sizes, expectations, origins, and that an
// answer says no more than it must.
#include "tests/conformance/http_cases.h"

namespace kith::test {
namespace {

const std::string kAnswered = "200 marker eof";

struct Row {
  std::string id;
  std::string bytes;
  std::string expect;
  std::vector<std::string> has{};
  std::vector<std::string> lacks{};
  bool head = false;
};

void add_rows(std::vector<HttpCase>& cases, const std::vector<Row>& rows, const char* section) {
  for (const Row& row : rows) {
    cases.push_back({.id = row.id,
                     .section = section,
                     .writes = {row.bytes},
                     .expect = row.expect,
                     .head = row.head,
                     .has = row.has,
                     .lacks = row.lacks});
  }
}

void add_methods(std::vector<HttpCase>& cases) {
  const std::string wrong = "405 marker eof | 405 eof";
  add_rows(
      cases,
      {{"method-head",
        request("HEAD", "/healthz"),
        kAnswered,
        {"Content-Length: 15\r\n"},
        {"\"status\":\"ok\"}HTTP"},
        true},
       {"method-head-refused", request("HEAD", "/healthz", "Host: b\r\n"), "400 eof", {}, {}, true},
       {"method-head-of-nothing", request("HEAD", "/nowhere"), "404 marker eof", {}, {}, true},
       {"method-head-wrong", request("HEAD", "/auth/login"), wrong, {"Allow: POST"}, {}, true},
       {"method-put", request("PUT", "/chats"), wrong, {"Allow: POST, GET, HEAD, OPTIONS\r\n"}},
       {"method-delete", request("DELETE", "/healthz"), wrong, {"Allow: GET, HEAD, OPTIONS\r\n"}},
       {"method-get-of-post", request("GET", "/auth/login"), wrong, {"Allow: POST, OPTIONS\r\n"}},
       {"method-post-of-get",
        request("POST", "/healthz", "Content-Length: 0\r\n"),
        wrong,
        {"Allow: GET, HEAD, OPTIONS\r\n"}},
       {"method-patch", request("PATCH", "/chats", "Content-Length: 0\r\n"), wrong, {"Allow: "}},
       {"method-trace",
        request("TRACE", "/healthz", "X-Secret: canary\r\n"),
        "405 eof",
        {"Allow: "},
        {"canary"}},
       {"method-connect", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "405 eof", {"Allow: "}},
       {"method-unknown", request("BREW", "/healthz"), "501 eof"},
       {"method-webdav", request("PROPFIND", "/healthz"), "501 eof"},
       {"method-query", request("QUERY", "/healthz"), "501 eof"},
       {"method-lower-case", request("get", "/healthz"), "501 eof"},
       {"method-mixed-case", request("Post", "/healthz"), "501 eof"},
       {"method-longer", request("GETS", "/healthz"), "501 eof"},
       {"method-of-9000", request(std::string(9000, 'A'), "/healthz"), "414 eof"},
       {"method-options-of-all", request("OPTIONS", "*"), "204 marker eof", {"Allow: "}},
       {"method-options",
        request("OPTIONS", "/chats"),
        "204 marker eof",
        {"Allow: POST, GET, HEAD, OPTIONS\r\n"}},
       {"method-options-of-nothing", request("OPTIONS", "/nowhere"), "404 marker eof"}},
      "RFC 9110 9, 15.5.6, 15.6.2");
}

void add_media_types(std::vector<HttpCase>& cases) {
  const auto with = [](const std::string& fields) {
    return post(fields + "Content-Length: 2\r\n", "{}");
  };
  const std::string accepted = "422 marker eof";
  const std::string refused = "415 marker eof | 415 eof";
  std::vector<Row> rows = {
      {"type-none", with(""), refused},
      {"type-twice", with(std::string(kJsonType) + std::string(kJsonType)), refused + " | 400 eof"},
      {"type-two", with(std::string(kJsonType) + "Content-Type: text/plain\r\n"),
       refused + " | 400 eof"},
  };
  for (const char* good :
       {"application/json", "APPLICATION/JSON", "application/json; charset=utf-8",
        "application/json;charset=UTF-8", "application/json; charset=\"utf-8\""}) {
    rows.push_back({std::string("type-") + good,
                    with(std::string("Content-Type: ") + good + "\r\n"), accepted});
  }
  for (const char* bad : {"", "json", "application", "application/", "text/json", "text/plain",
                          "application/jsonp", "application/json, text/plain", "application/json5",
                          "application/xml", "application/x-www-form-urlencoded",
                          "multipart/form-data; boundary=x", "application/json; charset=latin1",
                          "application/json; charset=utf-7", "application /json", "*/*"}) {
    rows.push_back({std::string("type-bad-") + bad,
                    with(std::string("Content-Type: ") + bad + "\r\n"), refused});
  }
  add_rows(cases, rows, "RFC 9110 8.3, 15.5.16");
}

std::string fields_of(std::size_t count, std::size_t value_bytes) {
  std::string fields;
  for (std::size_t i = 0; i < count; ++i) {
    fields += "X" + std::to_string(i) + ": " + std::string(value_bytes, 'v') + "\r\n";
  }
  return fields;
}

void add_sizes(std::vector<HttpCase>& cases) {
  const std::string frame = get("/healthz", "X: \r\n");
  const auto of_size = [&](std::size_t bytes) {
    return get("/healthz", "X: " + std::string(bytes - frame.size(), 'v') + "\r\n");
  };
  const auto line_of = [](std::size_t bytes) {
    const std::size_t rest = std::string_view("GET /healthz? HTTP/1.1").size();
    return get("/healthz?" + std::string(bytes - rest, 'a'));
  };
  add_rows(cases,
           {{"head-of-16384", of_size(16384), kAnswered},
            {"head-of-16385", of_size(16385), "431 eof"},
            {"head-of-a-megabyte", of_size(1 << 20), "431 eof"},
            {"head-of-9000-in-small-fields", get("/healthz", fields_of(60, 140)), kAnswered},
            {"head-of-20000-in-small-fields", get("/healthz", fields_of(60, 330)), "431 eof"},
            {"fields-64", get("/healthz", fields_of(63, 1)), kAnswered},
            {"fields-65", get("/healthz", fields_of(64, 1)), "431 eof"},
            {"fields-1000", get("/healthz", fields_of(1000, 1)), "431 eof"},
            {"line-of-8192", line_of(8192), kAnswered},
            {"line-of-8193", line_of(8193), "414 eof"},
            {"line-of-100000", line_of(100'000), "414 eof"},
            {"field-name-of-9000", get("/healthz", std::string(9000, 'X') + ": a\r\n"), kAnswered}},
           "RFC 6585 5, RFC 9110 15.5.15");
}

void add_expectations(std::vector<HttpCase>& cases) {
  const std::string expect = "Expect: 100-continue\r\n";
  const std::string head = std::string(kJsonType) + "Content-Length: 2\r\n";
  cases.push_back({.id = "expect-100",
                   .section = "RFC 9110 10.1.1",
                   .writes = {post(head + expect), "{}"},
                   .expect = "100 422 marker eof"});
  add_rows(cases,
           {{"expect-100-case", post(head + "Expect: 100-Continue\r\n", "{}"),
             "422 marker eof | 100 422 marker eof"},
            {"expect-100-body-is-there", post(head + expect, "{}"),
             "422 marker eof | 100 422 marker eof"},
            {"expect-100-too-large",
             post(std::string(kJsonType) + "Content-Length: 70000\r\n" + expect), "413 eof"},
            {"expect-100-wrong-type",
             post("Content-Type: text/plain\r\nContent-Length: 2\r\n" + expect, "{}"),
             "415 eof | 415 marker eof"},
            {"expect-100-no-length", post(std::string(kJsonType) + expect), "411 eof"},
            {"expect-100-coding", post("Transfer-Encoding: chunked\r\n" + expect, "0\r\n\r\n"),
             "400 eof"},
            {"expect-100-of-a-get", get("/healthz", expect), kAnswered},
            {"expect-other", post(head + "Expect: magic\r\n", "{}"), "417 eof"},
            {"expect-list", post(head + "Expect: 100-continue, magic\r\n", "{}"), "417 eof"},
            {"expect-twice", post(head + expect + "Expect: magic\r\n", "{}"), "417 eof | 400 eof"},
            {"expect-empty", post(head + "Expect:\r\n", "{}"), "417 eof"}},
           "RFC 9110 10.1.1, 15.5.18");
}

void add_origins(std::vector<HttpCase>& cases) {
  const std::string asks = "Access-Control-Request-Method: POST\r\n";
  const std::string allow = "Access-Control-Allow-Origin";
  const std::string listed = "Origin: https://app.example.com\r\n";
  std::vector<Row> rows = {
      {"cors-preflight",
       request("OPTIONS", "/chats", listed + asks),
       "204 marker eof",
       {allow + ": https://app.example.com\r\n",
        "Access-Control-Allow-Methods: ", "Vary: Origin\r\n"}},
      {"cors-answer",
       get("/healthz", listed),
       kAnswered,
       {allow + ": https://app.example.com\r\n", "Vary: Origin\r\n"}},
      {"cors-refusal",
       get("/nowhere", listed),
       "404 marker eof",
       {allow + ": https://app.example.com\r\n"}},
      {"cors-refused-head",
       request("POST", "/users",
               listed + "Content-Type: application/json\r\nContent-Length: 999999999\r\n"),
       "413 eof",
       {allow + ": https://app.example.com\r\n"}},
      {"cors-same",
       request("OPTIONS", "/chats", "Origin: http://a\r\n" + asks),
       "204 marker eof",
       {"Vary: Origin\r\n"},
       {allow}},
      {"cors-twice",
       get("/healthz", listed + "Origin: https://evil.example\r\n"),
       kAnswered + " | 400 eof",
       {},
       {allow}},
      {"cors-open-module",  // to every origin, and in one field
       get("/kith.js", "Origin: https://evil.example\r\n"),
       kAnswered,
       {allow + ": *\r\n"},
       {"evil", "Access-Control-Allow-Credentials"}},
      {"cors-open-module-listed",
       get("/kith.js", listed),
       kAnswered,
       {allow + ": *\r\n"},
       {"https://app"}},
      {"cors-no-credentials",
       get("/healthz", listed),
       kAnswered,
       {},
       {"Access-Control-Allow-Credentials", allow + ": *"}},
  };
  for (const char* foreign :
       {"https://evil.example", "null", "http://app.example.com", "https://app.example.com.evil",
        "https://evil-app.example.com", "https://app.example.com:8443", "https://app.example.com/",
        "HTTPS://APP.EXAMPLE.COM", "https://app.example.com%0d", "*"}) {
    rows.push_back({std::string("cors-foreign-") + foreign,
                    request("OPTIONS", "/chats", std::string("Origin: ") + foreign + "\r\n" + asks),
                    "204 marker eof",
                    {},
                    {allow, "evil"}});
  }
  add_rows(cases, rows, "RELIABILITY 3.2: exact origins");
}

void add_answers(std::vector<HttpCase>& cases) {
  const std::string token = "Authorization: Bearer $TOKEN\r\n";
  const std::string own_id = "X-Correlation-Id: req-42_a.B\r\n";
  add_rows(
      cases,
      {{"answer-unauthorized", get("/chats"), "401 marker eof", {"WWW-Authenticate: Bearer\r\n"}},
       {"answer-bad-token", get("/chats", "Authorization: Bearer nonsense\r\n"), "401 marker eof"},
       {"answer-other-scheme", get("/chats", "Authorization: Basic YTpi\r\n"), "401 marker eof"},
       {"answer-two-authorizations", get("/chats", token + "Authorization: Bearer x\r\n"),
        "400 eof"},
       {"answer-authorized", get("/chats", token), kAnswered},
       {"answer-own-chat", get("/chats/$CHAT", token), kAnswered},
       {"answer-invisible-chat", get("/chats/chat_00000000000000000000000000", token),
        "404 marker eof"},
       {"answer-invisible-user", get("/users/usr_00000000000000000000000000", token),
        "404 marker eof"},
       {"answer-correlation", get("/healthz", own_id), kAnswered, {own_id}},
       {"answer-correlation-of-a-refusal",
        get("/nowhere", own_id),
        "404 marker eof",
        {own_id, "\"correlation_id\":\"req-42_a.B\""}},
       {"answer-correlation-with-quotes",
        get("/nowhere", "X-Correlation-Id: a\"b\r\n"),
        "404 marker eof",
        {},
        {"a\"b"}},
       {"answer-correlation-of-65",
        get("/nowhere", "X-Correlation-Id: " + std::string(65, 'c') + "\r\n"),
        "404 marker eof",
        {},
        {std::string(65, 'c')}},
       {"answer-split",
        get("/nowhere", "X-Correlation-Id: a%0d%0aX-Evil: b\r\n"),
        "404 marker eof",
        {},
        {"X-Evil"}},
       {"answer-security-fields",
        get("/nowhere"),
        "404 marker eof",
        {"X-Content-Type-Options: nosniff\r\n", "Cache-Control: no-store\r\n",
         "Content-Security-Policy: default-src 'none'", "Referrer-Policy: no-referrer\r\n"}},
       {"answer-no-echo-of-the-path", get("/canary-in-the-path"), "404 marker eof", {}, {"canary"}},
       {"answer-cookie-is-no-token", get("/chats", "Cookie: access_token=$TOKEN\r\n"),
        "401 marker eof"},
       {"answer-query-is-no-token", get("/chats?token=$TOKEN"), "401 marker eof"},
       {"answer-method-override", get("/healthz", "X-HTTP-Method-Override: DELETE\r\n"), kAnswered},
       {"answer-other-host-field",
        get("/healthz", "X-Forwarded-Host: evil\r\n"),
        kAnswered,
        {},
        {"evil"}},
       {"answer-range", get("/healthz", "Range: bytes=0-3\r\n"), kAnswered},
       {"answer-accept-other", get("/healthz", "Accept: text/html\r\n"), kAnswered},
       {"answer-accept-encoding",
        get("/healthz", "Accept-Encoding: gzip\r\n"),
        kAnswered,
        {},
        {"Content-Encoding"}}},
      "RFC 9110, RFC 9457, RELIABILITY 3.2");
}

}  // namespace

void add_semantics_cases(std::vector<HttpCase>& cases) {
  add_methods(cases);
  add_media_types(cases);
  add_sizes(cases);
  add_expectations(cases);
  add_origins(cases);
  add_answers(cases);
}

}  // namespace kith::test
