// Request heads: what gets through, and what each malformed one is answered with (RELIABILITY 1.1,
// 1.3, 3.2).
#include <doctest/doctest.h>

#include "gateway/http_request_checks.h"

namespace kith {
namespace {

constexpr std::size_t kBodyBytesMax = 65536;

Checked<HttpRequest> read_request(std::string_view bytes) {
  HeadScanner scanner;
  auto outcome = scanner.scan(bytes);
  if (auto* refusal = std::get_if<Problem>(&outcome)) return *refusal;
  REQUIRE(std::holds_alternative<HeadScanner::Complete>(outcome));
  auto head = parse_head(bytes.substr(0, std::get<HeadScanner::Complete>(outcome).head_bytes));
  if (auto* refusal = std::get_if<Problem>(&head)) return *refusal;
  return check_head(std::get<HttpHead>(std::move(head)), kBodyBytesMax);
}

int status_of(std::string_view bytes) {
  const auto read = read_request(bytes);
  const auto* refusal = std::get_if<Problem>(&read);
  // Every refusal of a head ends the connection.
  if (refusal != nullptr) CHECK(refusal->close);
  return refusal == nullptr ? 200 : refusal->status;
}

HttpRequest request_of(std::string_view bytes) {
  auto read = read_request(bytes);
  REQUIRE(std::holds_alternative<HttpRequest>(read));
  return std::get<HttpRequest>(std::move(read));
}

std::string with_field(std::string_view field) {
  return "POST /chats HTTP/1.1\r\nHost: a\r\n" + std::string(field) + "\r\n\r\n";
}

TEST_CASE("a plain request is read whole") {
  const auto request = request_of(
      "POST /api/v1/chats/x%20y?limit=5&before=2024-04-20T17:05:00%2B02:00 HTTP/1.1\r\n"
      "Host: example.com:8080\r\nContent-Length: 12\r\nX-Thing:  padded \t\r\n\r\n");
  CHECK(request.method == HttpMethod::post);
  CHECK(request.segments == std::vector<std::string>{"api", "v1", "chats", "x y"});
  CHECK(request.query_value("limit") == "5");
  CHECK(request.query_value("before") == "2024-04-20T17:05:00+02:00");
  CHECK(request.body_bytes == 12);
  CHECK(request.head.find("x-thing") == "padded");
  CHECK(request.keep_alive);
}

TEST_CASE("keep-alive is the default of HTTP/1.1 only") {
  CHECK(request_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
  CHECK_FALSE(request_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n").keep_alive);
  CHECK_FALSE(request_of("GET / HTTP/1.0\r\n\r\n").keep_alive);
  CHECK(request_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST_CASE("a transfer coding is never accepted") {
  for (const auto* coding :
       {"chunked", "Chunked", "identity", "gzip", "gzip, chunked", "chunked, identity"}) {
    CHECK(status_of(with_field(std::string("Transfer-Encoding: ") + coding)) == 400);
  }
  CHECK(status_of(with_field("Transfer-Encoding: xchunked")) == 501);
  CHECK(status_of(with_field("Transfer-Encoding: chunked\r\nContent-Length: 5")) == 400);
  CHECK(status_of(with_field("Content-Length: 5\r\nTransfer-Encoding: chunked")) == 400);
  CHECK(status_of(with_field("Transfer-Encoding : chunked")) == 400);
  CHECK(status_of(with_field("Transfer-Encoding:\x0b"
                             "chunked")) == 400);
  CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("one Content-Length, of digits") {
  CHECK(status_of(with_field("Content-Length: 5")) == 200);
  CHECK(status_of(with_field("Content-Length: 65536")) == 200);
  CHECK(status_of(with_field("Content-Length: 65537")) == 413);
  for (const auto* length : {"5, 5", "+5", "-5", "0x5", "5 5", "", "5;", "99999999999999999999999",
                             "5\r\nContent-Length: 5", "5\r\nContent-Length: 6"}) {
    INFO(length);
    const int status = status_of(with_field(std::string("Content-Length: ") + length));
    CHECK((status == 400 || status == 413));
    CHECK(status != 200);
  }
}

TEST_CASE("exactly one Host, and a sane one") {
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 200);  // health checks
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
  for (const auto* host : {"a", "a.example.com:80", "127.0.0.1:8080", "[::1]", "[::1]:80"}) {
    INFO(host);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == 200);
  }
  for (const auto* host :
       {"", "a b", "a,b", "a/b", "user@a", "a:b", "a:", "[::1", "[]", "a:65536", "a:99999999"}) {
    INFO(host);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == 400);
  }
}

TEST_CASE("lines end with CR LF and are not folded") {
  CHECK(status_of("GET / HTTP/1.1\nHost: a\n\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\rHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost : a\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nX(y): b\r\n\r\n") == 400);
}

TEST_CASE("controls and bytes above ASCII have no place in a head") {
  using namespace std::string_literals;
  CHECK(status_of("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s) == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"s) == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa4\r\n\r\n") == 400);
  CHECK(status_of("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("\x16\x03\x01\x02\x00\x01") == 400);  // a TLS hello
}

TEST_CASE("only HTTP/1.0 and HTTP/1.1, only origin form") {
  CHECK(status_of("PRI * HTTP/2.0\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.2\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/9.9\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET / http/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET /\r\n\r\n") == 400);
  CHECK(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET a HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET * HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
}

TEST_CASE("methods: unknown ones are 501, TRACE and CONNECT 405") {
  CHECK(status_of("BREW / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(status_of("get / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(status_of("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(status_of("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
}

TEST_CASE("sizes: 414 for the request line, 431 for the fields, each at its limit") {
  const std::string prefix = "GET /";
  const std::string suffix = " HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::size_t rest = prefix.size() + std::string_view(" HTTP/1.1").size();
  CHECK(status_of(prefix + std::string(8192 - rest, 'a') + suffix) == 200);
  CHECK(status_of(prefix + std::string(8193 - rest, 'a') + suffix) == 414);

  const auto with_fields = [](int count) {
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 1; i < count; ++i) head.append("X").append(std::to_string(i)).append(": b\r\n");
    return head + "\r\n";
  };
  CHECK(status_of(with_fields(64)) == 200);
  CHECK(status_of(with_fields(65)) == 431);

  const auto of_size = [](std::size_t bytes) {
    const std::string begin = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    return begin + std::string(bytes - begin.size() - 4, 'b') + "\r\n\r\n";
  };
  CHECK(status_of(of_size(16 * 1024)) == 200);
  CHECK(status_of(of_size(16 * 1024 + 1)) == 431);
}

TEST_CASE("Expect: 100-continue is known, others are 417") {
  CHECK(request_of(with_field("Expect: 100-Continue")).expects_continue);
  CHECK(status_of(with_field("Expect: the-unexpected")) == 417);
  CHECK(status_of(with_field("Expect: 100-continue\r\nExpect: the-unexpected")) == 417);
}

TEST_CASE("the scanner finds the same end however the bytes are cut") {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HeadScanner scanner;
  for (std::size_t size = 1; size <= head.size(); ++size) {
    const auto outcome = scanner.scan(std::string_view(head).substr(0, size));
    CHECK(std::holds_alternative<HeadScanner::Complete>(outcome) == (size == head.size()));
  }
  // What is pipelined behind it is left alone.
  HeadScanner again;
  const auto outcome = again.scan(head + head);
  REQUIRE(std::holds_alternative<HeadScanner::Complete>(outcome));
  CHECK(std::get<HeadScanner::Complete>(outcome).head_bytes == head.size());
}

TEST_CASE("a correlation id is taken where it is sane, else made") {
  HttpHead head;
  head.fields = {{"x-correlation-id", "req-42_a.B"}};
  CHECK(correlation_id_of(&head) == "req-42_a.B");
  for (const auto& text :
       {std::string("a b"), std::string("a\"b"), std::string(65, 'a'), std::string()}) {
    head.fields = {{"x-correlation-id", text}};
    CHECK(correlation_id_of(&head).size() == 32);
  }
  CHECK(correlation_id_of(nullptr) != correlation_id_of(nullptr));
}

TEST_CASE("JSON is application/json in UTF-8") {
  for (const auto* good :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\""}) {
    CHECK(is_json_content_type(good));
  }
  for (const auto* bad : {"", "text/plain", "application/jsonp", "application/json; charset=latin1",
                          "application/x-www-form-urlencoded", "multipart/form-data"}) {
    CHECK_FALSE(is_json_content_type(bad));
  }
}

}  // namespace
}  // namespace kith
