// HTTP requests and answers as plain structures: what handlers and tests see, without a socket and
// without Beast.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kith {

enum class HttpMethod : std::uint8_t { get, head, post, put, patch, del, options, trace, connect };
std::string_view to_string(HttpMethod method);
// Case matters (RFC 9110 section 9.1); nothing for a method that this server does not know.
std::optional<HttpMethod> parse_http_method(std::string_view text);

struct NamedValue {
  std::string name;
  std::string value;
};

// A request's head, read and found to be well-formed; names are in lower case, and
// the fields of one name in their order.
struct HttpHead {
  std::string method;
  std::string target;
  unsigned version = 11;  // 10 or 11
  std::vector<NamedValue> fields;

  // The first field of that name; nothing where there is none. `name` in lower case.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

struct HttpRequest {
  HttpMethod method = HttpMethod::get;
  HttpHead head;
  std::vector<std::string> segments;  // of the path, decoded once
  std::vector<NamedValue> query;      // decoded; no name twice
  std::uint64_t body_bytes = 0;       // as announced
  bool body_announced = false;        // a Content-Length was there
  bool keep_alive = true;
  bool expects_continue = false;
  std::string body{};
  std::string client_address;  // behind a trusted proxy: what that says
  bool client_is_loopback = false;
  std::string correlation_id;

  std::optional<std::string_view> query_value(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
  std::vector<NamedValue> fields{};  // values of our own making: they are written as they are
  bool close = false;                // the connection ends with this answer
  bool page = false;                 // for a browser to show: other security fields
};

// "Not Found"
std::string_view reason_phrase(int status);

// Does the comma-separated list hold the token? ASCII case does not matter.
bool has_token(std::string_view list, std::string_view token);
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string_view trimmed(std::string_view text);  // of spaces and tabs at both ends

}  // namespace kith
