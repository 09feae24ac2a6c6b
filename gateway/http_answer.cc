#include "gateway/http_answer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "protocol/assert.h"

namespace kith {

namespace {

constexpr std::string_view kSecurityFields =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
// An answer of the API is no page, so the strictest policy of each kind is the right one.
constexpr std::string_view kAnswerCaching = "Cache-Control: no-store\r\n";
constexpr std::string_view kAnswerFields =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
// Our own pages run our own scripts and speak to this server alone: nothing inline, nothing of
// another host. A browser keeps them, and asks each time whether they are still the same.
constexpr std::string_view kPageCaching = "Cache-Control: no-cache\r\n";
constexpr std::string_view kPageFields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

bool has_field(const HttpResponse& response, std::string_view name) {
  return std::ranges::any_of(response.fields,
                             [name](const NamedValue& field) { return field.name == name; });
}

// IMF-fixdate (RFC 9110 section 5.6.7); made once a second and shard.
const std::string& http_date(WallTime now) {
  thread_local std::int64_t made_at = -1;
  thread_local std::string text;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  if (const std::int64_t count = seconds.time_since_epoch().count(); count != made_at) {
    made_at = count;
    text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
  }
  return text;
}

}  // namespace

std::string answer_head(const HttpResponse& response, const AnswerContext& context) {
  std::string out;
  out.reserve(640);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nServer: kith\r\nDate: {}\r\n",
                 response.status, reason_phrase(response.status), http_date(context.now));
  if (response.status != 204 && response.status != 304) {
    fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\nContent-Length: {}\r\n",
                   response.content_type, response.body.size());
  }
  fmt::format_to(std::back_inserter(out), "X-Correlation-Id: {}\r\n{}{}", context.correlation_id,
                 kSecurityFields, response.page ? kPageFields : kAnswerFields);
  // An answer may know better how long it holds. Of two fields a cache would take the stricter.
  if (!has_field(response, "Cache-Control")) out += response.page ? kPageCaching : kAnswerCaching;
  for (const NamedValue& field : response.fields) {
    KITH_ASSERT(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", field.name, field.value);
  }
  out += context.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return out;
}

}  // namespace kith
