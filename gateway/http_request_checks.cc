#include "gateway/http_request_checks.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace kith {

namespace {

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && text.size() <= 5;
}

// A name, an IPv4 address or a bracketed IPv6 address, with or without a port.
bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 255) return false;
  std::string_view rest;
  if (text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const auto inside = text.substr(1, end - 1);
    if (inside.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
      return false;
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    const auto plain = [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; };
    if (name.empty() || !std::all_of(name.begin(), name.end(), plain)) return false;
    rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

std::optional<Problem> check_host(const HttpHead& head) {
  const auto count = head.count("host");
  // Health checks still speak HTTP/1.0, which knows no Host.
  if (count == 0 && head.version == 10) return std::nullopt;
  if (count != 1) return fatal_problem(400, "exactly one Host field is needed");
  if (!is_host(*head.find("host"))) return fatal_problem(400, "the Host field is not valid");
  return std::nullopt;
}

// Any Transfer-Encoding is refused; RFC 9112 section 6.1 wants 501 for codings that are unknown.
std::optional<Problem> check_transfer_encoding(const HttpHead& head) {
  bool unknown = false;
  for (const NamedValue& field : head.fields) {
    if (field.name != "transfer-encoding") continue;
    std::string_view list = field.value;
    while (true) {
      const auto comma = list.find(',');
      const auto coding = trimmed(list.substr(0, comma));
      const bool known =
          equals_ignoring_case(coding, "chunked") || equals_ignoring_case(coding, "identity") ||
          equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "deflate") ||
          equals_ignoring_case(coding, "compress");
      unknown = unknown || (!known && !coding.empty());
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  if (unknown) return fatal_problem(501, "unknown transfer coding");
  if (head.count("transfer-encoding") != 0) {
    return fatal_problem(400, "transfer codings are not accepted: send a Content-Length");
  }
  return std::nullopt;
}

std::optional<Problem> check_length(const HttpHead& head, std::size_t body_bytes_max,
                                    HttpRequest& request) {
  const auto count = head.count("content-length");
  if (count == 0) return std::nullopt;
  if (count > 1) return fatal_problem(400, "more than one Content-Length");
  const std::string_view text = *head.find("content-length");
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), request.body_bytes);
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  if (!digits) return fatal_problem(400, "the Content-Length is not a number");
  if (error != std::errc{} || request.body_bytes > body_bytes_max) {
    return fatal_problem(413, "the body is too large");
  }
  request.body_announced = true;
  return std::nullopt;
}

bool wants_keep_alive(const HttpHead& head) {
  bool close = false;
  bool keep = false;
  for (const NamedValue& field : head.fields) {
    if (field.name != "connection") continue;
    close = close || has_token(field.value, "close");
    keep = keep || has_token(field.value, "keep-alive");
  }
  return head.version == 11 ? !close : keep && !close;
}

}  // namespace

HeadScanner::Outcome HeadScanner::scan(std::string_view bytes) {
  while (position_ < bytes.size()) {
    if (position_ >= head_bytes_max_) return fatal_problem(431, "the header block is too large");
    if (auto refusal = accept(bytes[position_])) return *std::move(refusal);
    ++position_;
    if (complete_) return Complete{position_};
  }
  return More{};
}

std::optional<Problem> HeadScanner::accept(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  if (after_cr_) {
    if (byte != '\n') return fatal_problem(400, "a carriage return stands alone");
    after_cr_ = false;
    complete_ = line_bytes_ == 0;
    ++lines_;
    line_bytes_ = 0;
    // The request line and the empty one are no fields.
    if (!complete_ && lines_ > limits::kHeaderFieldsMax + 1) {
      return fatal_problem(431, "too many header fields");
    }
    return std::nullopt;
  }
  if (byte == '\r') {
    if (lines_ == 0 && line_bytes_ == 0) return fatal_problem(400, "no request line");
    after_cr_ = true;
    return std::nullopt;
  }
  const bool control = value < 0x20 && byte != '\t';
  if (control || value >= 0x7F) return fatal_problem(400, "a byte that has no place in a header");
  if (lines_ == 0 && byte == '\t') return fatal_problem(400, "a tab in the request line");
  if (lines_ > 0 && line_bytes_ == 0 && (byte == ' ' || byte == '\t')) {
    return fatal_problem(400, "folded header lines are not accepted");
  }
  ++line_bytes_;
  if (lines_ == 0 && line_bytes_ > limits::kRequestLineBytesMax) {
    return fatal_problem(414, "the request line is too long");
  }
  return std::nullopt;
}

Checked<HttpRequest> check_head(HttpHead head, std::size_t body_bytes_max) {
  if (auto refusal = check_host(head)) return *std::move(refusal);
  if (auto refusal = check_transfer_encoding(head)) return *std::move(refusal);
  HttpRequest request;
  if (auto refusal = check_length(head, body_bytes_max, request)) return *std::move(refusal);
  const auto method = parse_http_method(head.method);
  if (!method) return fatal_problem(501, "unknown method");
  request.method = *method;
  if (*method == HttpMethod::trace || *method == HttpMethod::connect) {
    Problem refusal = fatal_problem(405, "this method is not offered");
    refusal.fields.push_back({"Allow", "GET, HEAD, POST, PATCH, DELETE, OPTIONS"});
    return refusal;
  }
  if (head.count("authorization") > 1) return fatal_problem(400, "more than one Authorization");
  for (const NamedValue& field : head.fields) {
    if (field.name != "expect" || head.version != 11) continue;
    if (!equals_ignoring_case(field.value, "100-continue")) {
      return fatal_problem(417, "unknown expectation");
    }
    request.expects_continue = true;
  }
  const bool server_wide = *method == HttpMethod::options && head.target == "*";
  if (!server_wide) {
    if (auto refusal = parse_target(head.target, request)) return *std::move(refusal);
  }
  request.keep_alive = wants_keep_alive(head);
  request.head = std::move(head);
  return request;
}

bool is_json_content_type(std::string_view value) {
  const auto semicolon = value.find(';');
  if (!equals_ignoring_case(trimmed(value.substr(0, semicolon)), "application/json")) return false;
  if (semicolon == std::string_view::npos) return true;
  const auto parameter = trimmed(value.substr(semicolon + 1));
  return parameter.empty() || equals_ignoring_case(parameter, "charset=utf-8") ||
         equals_ignoring_case(parameter, "charset=\"utf-8\"");
}

std::string correlation_id_of(const HttpHead* head) {
  constexpr std::size_t kBytesMax = 64;
  if (head != nullptr) {
    const auto given = head->find("x-correlation-id").value_or(std::string_view{});
    const auto sane = [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; };
    if (!given.empty() && given.size() <= kBytesMax &&
        std::all_of(given.begin(), given.end(), sane)) {
      return std::string(given);
    }
  }
  std::array<unsigned char, 16> random{};
  randombytes_buf(random.data(), random.size());
  std::string hex(random.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), random.data(), random.size());
  hex.pop_back();
  return hex;
}

}  // namespace kith
