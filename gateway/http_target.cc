// Request targets: RFC 9112 section 3.2.1 (origin form) and RFC 3986, more strictly than both:
// routes are matched on segments that were decoded exactly once, so nothing that could mean another
// path to a proxy in front (an encoded slash, dots, an empty segment) gets that far.
#include <algorithm>

#include "gateway/http_request_checks.h"
#include "protocol/frame.h"

namespace kith {

namespace {

constexpr std::size_t kQueryParametersMax = 32;

bool is_target_character(char c) {
  const bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alnum || std::string_view("-._~!$&'()*+,;=:@%/?").find(c) != std::string_view::npos;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Once. Nothing for a bad escape, a control character, or what is not UTF-8.
std::optional<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char byte = text[i];
    if (byte == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      byte = static_cast<char>(high * 16 + low);
      i += 2;
    }
    const auto value = static_cast<unsigned char>(byte);
    if (value < 0x20 || value == 0x7F) return std::nullopt;
    out += byte;
  }
  Utf8Validator utf8;
  if (!utf8.feed(out) || !utf8.complete()) return std::nullopt;
  return out;
}

std::optional<Problem> parse_path(std::string_view path, HttpRequest& request) {
  path.remove_prefix(1);  // the leading slash
  while (!path.empty()) {
    const auto slash = path.find('/');
    auto segment = decode(path.substr(0, slash));
    if (!segment) return fatal_problem(400, "the path is not well-formed");
    const bool hides_path = segment->empty() || *segment == "." || *segment == ".." ||
                            segment->find_first_of("/\\") != std::string::npos;
    if (hides_path) return fatal_problem(400, "the path has a segment that is not accepted");
    request.segments.push_back(*std::move(segment));
    if (slash == std::string_view::npos) return std::nullopt;
    path.remove_prefix(slash + 1);
    // A slash at the end names another resource, one that does not exist here.
    if (path.empty()) request.segments.emplace_back();
  }
  return std::nullopt;
}

// '+' stays a plus: it is one in RFC 3986, and times carry it in their offset.
std::optional<Problem> parse_query(std::string_view query, HttpRequest& request) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals));
    auto value = decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (!name || !value || name->empty()) return fatal_problem(400, "the query is not well-formed");
    if (request.query_value(*name)) return fatal_problem(400, "a query parameter comes twice");
    if (request.query.size() == kQueryParametersMax) {
      return fatal_problem(400, "too many query parameters");
    }
    request.query.push_back({*std::move(name), *std::move(value)});
  }
  return std::nullopt;
}

}  // namespace

std::optional<Problem> parse_target(std::string_view target, HttpRequest& request) {
  if (target.empty() || target.front() != '/') {
    return fatal_problem(400, "the request target is not a path");
  }
  if (!std::all_of(target.begin(), target.end(), is_target_character)) {
    return fatal_problem(400, "the request target has a character that must be encoded");
  }
  const auto question = target.find('?');
  if (auto refusal = parse_path(target.substr(0, question), request)) return refusal;
  if (question == std::string_view::npos) return std::nullopt;
  return parse_query(target.substr(question + 1), request);
}

}  // namespace kith
