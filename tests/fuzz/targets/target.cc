// Request targets and the small values of fields: decoded once, and nothing in them that another
// reader could take for something else.
#include "gateway/http_request_checks.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/http_oracle.h"

namespace {

using namespace kith;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

// What no target that passes may hold, whatever it decodes to.
void check_text(std::string_view target) {
  KITH_ASSERT(target.starts_with('/'));
  const auto path = target.substr(0, target.find('?'));
  for (const std::string_view word : {"//", "/./", "/../", "%2f", "%2F", "%5c", "%5C", "%00"}) {
    KITH_ASSERT(path.find(word) == path.npos);
  }
  KITH_ASSERT(target.find_first_of("#\\\"<>[]{}|^` \r\n\t") == target.npos);
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] != '%') continue;
    KITH_ASSERT(i + 2 < target.size() && is_hex(target[i + 1]) && is_hex(target[i + 2]));
  }
}

void check_content_type(std::string_view text) {
  if (!is_json_content_type(text)) return;
  const auto type = trimmed(text.substr(0, text.find(';')));
  KITH_ASSERT(equals_ignoring_case(type, "application/json"));
  KITH_ASSERT(text.size() <= 64 || trimmed(text).size() < text.size());
}

void check_correlation_id(std::string_view text) {
  HttpHead head;
  head.fields.push_back({"x-correlation-id", std::string(text)});
  const std::string id = correlation_id_of(&head);
  KITH_ASSERT(!id.empty() && id.size() <= 64);
  KITH_ASSERT(id == text || id.size() == 32);
  for (const char c : id) KITH_ASSERT(c > ' ' && c < '\x7F' && c != '"' && c != '\\');
}

}  // namespace

KITH_FUZZ_TARGET(target) {
  check_content_type(input);
  check_correlation_id(input);
  HttpRequest request;
  request.head.target = std::string(input);
  if (const auto refusal = parse_target(input, request)) return fuzz::check_refusal(*refusal);
  check_text(input);
  fuzz::check_target(request);

  HttpRequest again;
  again.head.target = fuzz::write_target(request);
  KITH_ASSERT(!parse_target(again.head.target, again));
  KITH_ASSERT(fuzz::describe(again) == fuzz::describe(request));
}
