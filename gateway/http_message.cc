#include "gateway/http_message.h"

#include <algorithm>
#include <array>

namespace kith {

namespace {

struct MethodName {
  HttpMethod method;
  std::string_view name;
};
constexpr std::array<MethodName, 9> kMethods = {{{HttpMethod::get, "GET"},
                                                 {HttpMethod::head, "HEAD"},
                                                 {HttpMethod::post, "POST"},
                                                 {HttpMethod::put, "PUT"},
                                                 {HttpMethod::patch, "PATCH"},
                                                 {HttpMethod::del, "DELETE"},
                                                 {HttpMethod::options, "OPTIONS"},
                                                 {HttpMethod::trace, "TRACE"},
                                                 {HttpMethod::connect, "CONNECT"}}};

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::optional<std::string_view> first_of(const std::vector<NamedValue>& values,
                                         std::string_view name) {
  for (const NamedValue& value : values) {
    if (value.name == name) return value.value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(HttpMethod method) {
  for (const MethodName& entry : kMethods) {
    if (entry.method == method) return entry.name;
  }
  return "";
}

std::optional<HttpMethod> parse_http_method(std::string_view text) {
  for (const MethodName& entry : kMethods) {
    if (entry.name == text) return entry.method;
  }
  return std::nullopt;
}

std::optional<std::string_view> HttpHead::find(std::string_view name) const {
  return first_of(fields, name);
}

std::size_t HttpHead::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(),
                    [name](const NamedValue& field) { return field.name == name; }));
}

std::optional<std::string_view> HttpRequest::query_value(std::string_view name) const {
  return first_of(query, name);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](char left, char right) { return lower(left) == lower(right); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool has_token(std::string_view list, std::string_view token) {
  while (true) {
    const auto comma = list.find(',');
    if (equals_ignoring_case(trimmed(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace kith
