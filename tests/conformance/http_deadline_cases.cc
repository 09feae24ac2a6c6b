// RELIABILITY 3.2: a head that is not there in 5 s, a body that comes slower than 1 KiB/s, a
// connection that nobody uses for 30 s, a reader that takes nothing for 30 s. They wait at full
// length, since their deadlines cannot be configured, while the other cases run.
#include "tests/conformance/http_cases.h"

namespace kith::test {
namespace {

using namespace std::chrono_literals;

const std::string kLate = "408 eof";

void add(std::vector<HttpCase>& cases, std::string id, std::string bytes, std::string expect,
         std::chrono::milliseconds not_before, Behind behind = Behind::nothing) {
  cases.push_back({.id = "deadline-" + std::move(id),
                   .section = "RELIABILITY 3.2",
                   .writes = {std::move(bytes)},
                   .expect = std::move(expect),
                   .behind = behind,
                   .not_before = not_before});
}

}  // namespace

void add_deadline_cases(std::vector<HttpCase>& cases) {
  const std::string json(kJsonType);
  add(cases, "nothing-sent", "", "eof", 4900ms);
  add(cases, "one-cr", "\r", "eof | 408 eof", 4900ms);
  add(cases, "half-a-line", "GET /heal", kLate, 4900ms);
  add(cases, "line-only", "GET /healthz HTTP/1.1\r\n", kLate, 4900ms);
  add(cases, "no-empty-line", "GET /healthz HTTP/1.1\r\nHost: a\r\n", kLate, 4900ms);
  add(cases, "no-last-lf", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r", kLate, 4900ms);
  add(cases, "second-request-cut-short", get("/healthz") + "GET /healthz HTTP/1.1\r\n",
      "200 " + kLate, 4900ms);
  add(cases, "head-by-slow-bytes", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ", kLate, 4900ms,
      Behind::slow_bytes);
  add(cases, "line-by-slow-bytes", "G", kLate, 4900ms, Behind::slow_bytes);
  add(cases, "body-of-nothing", post(json + "Content-Length: 9\r\n"), kLate, 4900ms);
  add(cases, "body-cut-short", post(json + "Content-Length: 9\r\n", "{"), kLate, 4900ms);
  add(cases, "body-by-slow-bytes", post(json + "Content-Length: 60000\r\n", "{"), kLate, 4900ms,
      Behind::slow_bytes);
  add(cases, "body-stops-behind-8-KiB",
      post(json + "Content-Length: 60000\r\n", std::string(8192, ' ')), kLate, 12'900ms);
  add(cases, "idle", get("/healthz"), "200 eof", 29'900ms);
  add(cases, "idle-behind-a-refusal", get("/nowhere"), "404 eof", 29'900ms);
}

}  // namespace kith::test
