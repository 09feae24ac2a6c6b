// RFC 9112 section 6, RELIABILITY 1.1 and 3.2: how long a body is. Where two readers could see two
// ends, the request is refused and the connection ended, so that nothing behind it is a request.
#include "tests/conformance/http_cases.h"

namespace kith::test {
namespace {

const std::string kRefused = "400 eof";
const std::string kUnknownCoding = "501 eof";
const std::string kChunks = "5\r\nhello\r\n0\r\n\r\n";

struct Row {
  std::string id;
  std::string fields;  // of a POST of JSON
  std::string body;
  std::string expect = kRefused;
};

void add_rows(std::vector<HttpCase>& cases, const std::vector<Row>& rows, const char* section) {
  for (const Row& row : rows) {
    cases.push_back({.id = row.id,
                     .section = section,
                     .writes = {post(std::string(kJsonType) + row.fields, row.body)},
                     .expect = row.expect});
  }
}

std::string coding(std::string_view value) {
  return "Transfer-Encoding: " + std::string(value) + "\r\n";
}

std::vector<Row> twisted_codings() {
  return {{"coding-twice", coding("chunked") + coding("chunked"), kChunks},
          {"coding-twice-identity", coding("identity") + coding("chunked"), kChunks},
          {"coding-twice-unknown", coding("x") + coding("chunked"), kChunks, kUnknownCoding},
          {"coding-folded", "Transfer-Encoding:\r\n chunked\r\n", kChunks},
          {"coding-folded-behind", "X: a\r\n\tTransfer-Encoding: chunked\r\n", kChunks},
          {"coding-space-before-colon", "Transfer-Encoding : chunked\r\n", kChunks},
          {"coding-tab-before-colon", "Transfer-Encoding\t: chunked\r\n", kChunks},
          {"coding-space-before-name", " Transfer-Encoding: chunked\r\n", kChunks},
          {"coding-vertical-tab",
           "Transfer-Encoding: \x0B"
           "chunked\r\n",
           kChunks},
          {"coding-form-feed", "Transfer-Encoding: chunked\x0C\r\n", kChunks},
          {"coding-control",
           "Transfer-Encoding: \x01"
           "chunked\r\n",
           kChunks},
          {"coding-0xFF",
           "Transfer-Encoding: \xFF"
           "chunked\r\n",
           kChunks},
          {"coding-nbsp",
           "Transfer-Encoding: \xC2\xA0"
           "chunked\r\n",
           kChunks},
          {"coding-behind-bare-lf", "X: a\nTransfer-Encoding: chunked\r\n", kChunks},
          {"coding-behind-bare-cr", "X: a\rTransfer-Encoding: chunked\r\n", kChunks},
          {"coding-name-with-underscore", "Transfer_Encoding: chunked\r\n", "", "411 eof"},
          {"coding-lower-case-name", "transfer-encoding: chunked\r\n", kChunks},
          {"coding-and-length", coding("chunked") + "Content-Length: 5\r\n", kChunks},
          {"length-and-coding", "Content-Length: 5\r\n" + coding("chunked"), kChunks},
          {"length-0-and-coding", "Content-Length: 0\r\n" + coding("chunked"), kChunks},
          {"length-and-coding-unknown", "Content-Length: 5\r\n" + coding("xchunked"), "hello",
           kUnknownCoding + " | " + kRefused},
          {"length-and-coding-identity", "Content-Length: 5\r\n" + coding("identity"), "hello"},
          {"length-and-coding-empty", "Content-Length: 5\r\n" + coding(""), "hello"},
          {"chunk-size-signed", coding("chunked"), "+5\r\nhello\r\n0\r\n\r\n"},
          {"chunk-size-overflow", coding("chunked"), "FFFFFFFFFFFFFFFFF\r\nhello\r\n"},
          {"chunk-size-none", coding("chunked"), "\r\nhello\r\n"},
          {"chunk-lf-only", coding("chunked"), "5\nhello\n0\n\n"},
          {"chunk-extension", coding("chunked"), "5;a=b\r\nhello\r\n0\r\n\r\n"},
          {"chunk-extension-64-KiB", coding("chunked"), "5;" + std::string(65536, 'a')},
          {"trailer", coding("chunked"), "0\r\nX: a\r\n\r\n"},
          {"trailer-70-KB", coding("chunked"), "0\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n"},
          {"trailer-2-MB", coding("chunked"),
           "0\r\n" + std::string(100, 'X') + ": " + std::string(240'000, 'a') + "\r\n\r\n"}};
}

void add_codings(std::vector<HttpCase>& cases) {
  std::vector<Row> rows;
  for (const char* value :
       {"chunked", "Chunked", "CHUNKED", "chunked, identity", "identity, chunked", "identity",
        "gzip, chunked", "chunked, gzip", "deflate", "compress", "chunked, chunked", ", chunked",
        "chunked,", "", " ", ",", "\tchunked", "chunked\t", "chunked , identity"}) {
    rows.push_back({std::string("coding-") + value, coding(value), kChunks});
  }
  for (const char* value : {"xchunked", "chunkedx", "x-chunked", "chunked;q=1", "\"chunked\"",
                            "'chunked'", "chunked chunked", "chunked, x", "chu nked", "br", "*",
                            "chunked\\", "0", "chunk", "gzip;x, chunked"}) {
    rows.push_back({std::string("coding-") + value, coding(value), kChunks, kUnknownCoding});
  }
  const std::vector<Row> twisted = twisted_codings();
  rows.insert(rows.end(), twisted.begin(), twisted.end());
  add_rows(cases, rows, "RFC 9112 6.1, RELIABILITY 1.1");
  cases.push_back(
      {.id = "coding-in-http-1.0",
       .section = "RFC 9112 6.1",
       .writes = {"POST /auth/login HTTP/1.0\r\n" + coding("chunked") + "\r\n" + kChunks},
       .expect = kRefused});
  cases.push_back({.id = "coding-of-a-get",
                   .section = "RFC 9112 6.1",
                   .writes = {get("/healthz", coding("chunked")) + kChunks},
                   .expect = kRefused});
  cases.push_back({.id = "coding-hides-a-request",
                   .section = "RELIABILITY 1.1",
                   .writes = {get("/healthz", coding("xchunked")) + marker("smuggled")},
                   .expect = kUnknownCoding});
  std::vector<std::string> endless = {post(coding("chunked"), "5;")};
  for (int i = 0; i < 30; ++i) endless.emplace_back(100'000, 'a');
  cases.push_back({.id = "chunk-extension-3-MB",
                   .section = "RELIABILITY 1.1",
                   .writes = std::move(endless),
                   .expect = kRefused,
                   .behind = Behind::end});
}

void add_lengths(std::vector<HttpCase>& cases) {
  const std::string accepted = "422 marker eof";
  std::vector<Row> rows = {
      {"length-2", "Content-Length: 2\r\n", "{}", accepted},
      {"length-0", "Content-Length: 0\r\n", "", "400 marker eof"},
      {"length-leading-zeros", "Content-Length: 00002\r\n", "{}", accepted + " | " + kRefused},
      {"length-spaces-around", "Content-Length: \t 2 \t\r\n", "{}", accepted},
      {"length-lower-case-name", "content-length:2\r\n", "{}", accepted},
      {"length-none", "", "", "411 eof"},
      {"length-none-but-body", "", "{}", "411 eof"},
      {"length-65536", "Content-Length: 65536\r\n", "{}" + std::string(65534, ' '), accepted},
      {"length-65537", "Content-Length: 65537\r\n", "", "413 eof"},
      {"length-2^63", "Content-Length: 9223372036854775808\r\n", "", "413 eof"},
      {"length-2^64", "Content-Length: 18446744073709551616\r\n", "", "413 eof | 400 eof"},
      {"length-2^64+2", "Content-Length: 18446744073709551618\r\n", "{}", "413 eof | 400 eof"},
      {"length-100-digits", "Content-Length: " + std::string(100, '9') + "\r\n", "",
       "413 eof | 400 eof"},
      {"length-twice", "Content-Length: 2\r\nContent-Length: 2\r\n", "{}"},
      {"length-two", "Content-Length: 2\r\nContent-Length: 0\r\n", "{}"},
      {"length-twice-other-case", "Content-Length: 2\r\nCONTENT-LENGTH: 2\r\n", "{}"},
      {"length-space-before-colon", "Content-Length : 2\r\n", "{}"},
      {"length-folded", "Content-Length:\r\n 2\r\n", "{}"},
      {"length-name-with-underscore", "Content_Length: 2\r\n", "", "411 eof"},
  };
  for (const char* value : {"2, 2",  "2,2", "2,0", "+2",       "-2",  "-0",    "0x2", "0X2",
                            "2 2",   "2;",  "2.0", "2e0",      "",    "2_0",   "two", "2\t2",
                            "\"2\"", "2,",  ",2",  "\xD9\xA2", "1 0", "2\x0B", "2#"}) {
    rows.push_back({std::string("length-bad-") + value,
                    std::string("Content-Length: ") + value + "\r\n", "{}"});
  }
  add_rows(cases, rows, "RFC 9112 6.2, RFC 9110 8.6");
}

void add_bodies(std::vector<HttpCase>& cases) {
  const std::string hidden = marker("smuggled");
  const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
  const auto add = [&](const char* id, std::string bytes, const char* expect) {
    cases.push_back(
        {.id = id, .section = "RFC 9112 6.3", .writes = {std::move(bytes)}, .expect = expect});
  };
  add("body-is-a-request", post(std::string(kJsonType) + length, hidden), "400 marker eof");
  add("body-of-a-get", get("/healthz", length) + hidden, "200 marker eof | 400 eof");
  add("body-of-another-type", post("Content-Type: text/plain\r\n" + length, hidden),
      "415 marker eof | 415 eof");
  add("body-of-nowhere", request("POST", "/nowhere", length) + hidden, "404 marker eof | 404 eof");
  add("body-of-a-wrong-method", request("PUT", "/chats", length) + hidden,
      "405 marker eof | 405 eof");
  add("body-of-options", request("OPTIONS", "/chats", length) + hidden,
      "204 marker eof | 204 eof | 400 eof");
  add("body-of-a-delete", request("DELETE", "/healthz", length) + hidden,
      "405 marker eof | 405 eof");
  add("body-of-nobody", request("POST", "/chats", std::string(kJsonType) + length) + hidden,
      "401 marker eof | 401 eof");
  add("body-behind-a-closing-answer",
      post(std::string(kJsonType) + "Connection: close\r\n" + length, hidden), "400 eof");
  // Refused before it is read: the answer comes although nothing of the body does.
  cases.push_back({.id = "body-too-large-is-not-awaited",
                   .section = "RELIABILITY 3.2",
                   .writes = {post(std::string(kJsonType) + "Content-Length: 99999999\r\n", "")},
                   .expect = "413 eof",
                   .behind = Behind::nothing});
  cases.push_back({.id = "body-too-large-and-sent",
                   .section = "RELIABILITY 3.2",
                   .writes = {post(std::string(kJsonType) + "Content-Length: 200000\r\n", ""),
                              std::string(100'000, ' '), std::string(100'000, ' ')},
                   .expect = "413 eof"});
  cases.push_back(
      {.id = "body-by-1",
       .section = "RFC 9112 6.3",
       .writes = {post(std::string(kJsonType) + "Content-Length: 4\r\n"), "{", " ", " ", "}"},
       .expect = "422 marker eof"});
  cases.push_back({.id = "body-cut-short",
                   .section = "RFC 9112 8",
                   .writes = {post(std::string(kJsonType) + "Content-Length: 10\r\n", "{}")},
                   .expect = "400 eof | eof",
                   .behind = Behind::end});
}

}  // namespace

void add_length_cases(std::vector<HttpCase>& cases) {
  add_codings(cases);
  add_lengths(cases);
  add_bodies(cases);
}

}  // namespace kith::test
