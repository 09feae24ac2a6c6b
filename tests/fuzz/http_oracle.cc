#include "tests/fuzz/http_oracle.h"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <set>

#include "gateway/http_answer.h"
#include "protocol/assert.h"
#include "tests/fuzz/reference_frames.h"

namespace kith::fuzz {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string_view strip(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::vector<std::string_view> lines_of(std::string_view head) {
  std::vector<std::string_view> lines;
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    KITH_ASSERT(end != head.npos);
    lines.push_back(head.substr(0, end));
    head.remove_prefix(end + 2);
  }
  return lines;
}

void check_request_line(std::string_view line, const HttpHead& head) {
  const auto version = head.version == 11 ? " HTTP/1.1" : " HTTP/1.0";
  KITH_ASSERT(head.version == 10 || head.version == 11);
  KITH_ASSERT(line == head.method + ' ' + head.target + version);
  KITH_ASSERT(line.size() <= limits::kRequestLineBytesMax);
  KITH_ASSERT(std::all_of(head.target.begin(), head.target.end(),
                          [](char c) { return c > ' ' && c < '\x7F'; }));
}

void check_fields(const std::vector<std::string_view>& lines, const HttpHead& head) {
  KITH_ASSERT(lines.size() == head.fields.size() + 2 && lines.back().empty());
  KITH_ASSERT(head.fields.size() <= limits::kHeaderFieldsMax);
  // Beast puts fields of one name next to each other; those stay in their order.
  std::map<std::string, std::vector<std::string_view>> expected;
  std::map<std::string, std::vector<std::string_view>> read;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const std::string_view line = lines[i + 1];
    const auto colon = line.find(':');
    KITH_ASSERT(colon != line.npos && is_token(line.substr(0, colon)));
    for (const char c : line) KITH_ASSERT(c == '\t' || (c >= ' ' && c < '\x7F'));
    expected[lower(line.substr(0, colon))].push_back(strip(line.substr(colon + 1)));
    read[head.fields[i].name].push_back(head.fields[i].value);
  }
  KITH_ASSERT(read == expected);
}

void check_meaning(const HttpRequest& request) {
  const HttpHead& head = request.head;
  const std::size_t hosts = head.count("host");
  KITH_ASSERT(hosts == 1 || (hosts == 0 && head.version == 10));
  KITH_ASSERT(head.count("transfer-encoding") == 0);
  KITH_ASSERT(head.count("authorization") <= 1);
  const auto length = head.find("content-length");
  KITH_ASSERT(head.count("content-length") <= 1);
  KITH_ASSERT(request.body_announced == length.has_value());
  KITH_ASSERT(request.body_bytes <= kBodyBytesMax);
  if (length) {
    const auto digits = length->substr(std::min(length->find_first_not_of('0'), length->size()));
    const std::string number = std::to_string(request.body_bytes);
    KITH_ASSERT(!length->empty() && digits == (number == "0" ? "" : number));
  } else {
    KITH_ASSERT(request.body_bytes == 0);
  }
  KITH_ASSERT(to_string(request.method) == head.method);
  KITH_ASSERT(request.method != HttpMethod::trace && request.method != HttpMethod::connect);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_letter_or_digit(c)) {
      out += c;
    } else {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace

void check_target(const HttpRequest& request) {
  const auto plain = [](std::string_view text) {
    KITH_ASSERT(is_utf8(text));
    for (const char c : text) KITH_ASSERT(static_cast<unsigned char>(c) >= ' ' && c != '\x7F');
  };
  for (std::size_t i = 0; i < request.segments.size(); ++i) {
    const std::string& segment = request.segments[i];
    plain(segment);
    KITH_ASSERT(!segment.empty() || (i > 0 && i + 1 == request.segments.size()));
    KITH_ASSERT(segment != "." && segment != ".." && segment.find('/') == segment.npos);
  }
  std::set<std::string> names;
  for (const NamedValue& parameter : request.query) {
    plain(parameter.name);
    plain(parameter.value);
    KITH_ASSERT(!parameter.name.empty() && names.insert(parameter.name).second);
  }
}

std::string write_target(const HttpRequest& request) {
  if (request.head.target == "*") return "*";
  std::string out;
  for (const std::string& segment : request.segments) out += '/' + escaped(segment);
  if (out.empty()) out = "/";
  char separator = '?';
  for (const NamedValue& parameter : request.query) {
    out += separator + escaped(parameter.name) + '=' + escaped(parameter.value);
    separator = '&';
  }
  return out;
}

std::string describe(const HttpRequest& request) {
  std::string out = std::string(to_string(request.method));
  out += ' ' + std::to_string(request.head.version) + ' ' + std::to_string(request.body_bytes);
  out += request.body_announced ? " announced" : "";
  out += request.keep_alive ? " keep-alive" : "";
  out += request.expects_continue ? " continue" : "";
  for (const std::string& segment : request.segments) out += "\n/" + segment;
  for (const NamedValue& each : request.query) out += "\n?" + each.name + '=' + each.value;
  for (const NamedValue& each : request.head.fields) out += '\n' + each.name + ": " + each.value;
  return out + "\n\n" + request.body;
}

void check_request(std::string_view head, const HttpRequest& request) {
  KITH_ASSERT(head.find("\r\n\r\n") == head.size() - 4);
  const auto lines = lines_of(head);
  check_request_line(lines.front(), request.head);
  check_fields(lines, request.head);
  check_meaning(request);
  check_target(request);

  std::string again = request.head.method + ' ' + write_target(request);
  again += request.head.version == 11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n";
  for (const NamedValue& field : request.head.fields) {
    again += field.name + ": " + field.value + "\r\n";
  }
  auto parsed = parse_head(again + "\r\n");
  KITH_ASSERT(std::holds_alternative<HttpHead>(parsed));
  const auto checked = check_head(std::get<HttpHead>(std::move(parsed)), kBodyBytesMax);
  KITH_ASSERT(std::holds_alternative<HttpRequest>(checked));
  HttpRequest same = std::get<HttpRequest>(checked);
  same.body = request.body;
  KITH_ASSERT(describe(same) == describe(request));
}

void check_refusal(const Problem& refusal) {
  static const std::set<int> statuses = {400, 403, 405, 413, 414, 417, 426, 431, 501};
  KITH_ASSERT(statuses.contains(refusal.status) && refusal.close);
  const std::string correlation_id = correlation_id_of(nullptr);
  const HttpResponse response = to_response(refusal, correlation_id);
  simdjson::dom::parser parser;
  simdjson::dom::element body;
  KITH_ASSERT(parser.parse(response.body).get(body) == simdjson::SUCCESS);
  const std::string head = answer_head(
      response, {.correlation_id = correlation_id, .keep_alive = false, .now = WallTime{}});
  KITH_ASSERT(head.find("\r\n\r\n") == head.size() - 4);
}

}  // namespace kith::fuzz
