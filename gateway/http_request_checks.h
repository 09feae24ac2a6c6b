// The strictness that the HTTP parser lacks (RELIABILITY 1.1, 1.3, 3.2), sans IO.
//
// A request passes three gates in turn, and what fails one of them is answered and the connection
// closed, because the two sides may no longer agree on where the next request begins:
//   HeadScanner   the raw bytes, as they come: line ends, controls, folding, sizes, counts
//   parse_head    Beast's parser, on the whole head and on nothing else
//   check_head    what the fields mean: one Host, one Content-Length, no Transfer-Encoding, ...
// No transfer coding is ever accepted, so Beast's chunk parser (whose trailers are unbounded and
// whose exceptions escape, RELIABILITY 1.1) never runs.
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>

#include "gateway/http_message.h"
#include "gateway/problem.h"
#include "protocol/limits.h"

namespace kith {

template <typename T>
using Checked = std::variant<T, Problem>;

// Finds the end of a request's head in bytes that come in pieces, each byte looked at once.
class HeadScanner {
 public:
  explicit HeadScanner(std::size_t head_bytes_max = limits::kHeaderBytesMax)
      : head_bytes_max_(head_bytes_max) {}

  struct More {};
  struct Complete {
    std::size_t head_bytes = 0;  // with the empty line
  };
  using Outcome = std::variant<More, Complete, Problem>;

  // `bytes` is everything since the request's beginning, what was there before included.
  Outcome scan(std::string_view bytes);

 private:
  std::optional<Problem> accept(char byte);

  std::size_t head_bytes_max_;
  std::size_t position_ = 0;
  std::size_t line_bytes_ = 0;  // of the current line, without its end
  std::size_t lines_ = 0;       // complete ones
  bool after_cr_ = false;
  bool complete_ = false;
};

// `bytes` ends with the empty line. Method, target and version as they stand.
Checked<HttpHead> parse_head(std::string_view bytes);

// Everything but the body. 413 where the body announced is over `body_bytes_max`.
Checked<HttpRequest> check_head(HttpHead head, std::size_t body_bytes_max);

// Splits and decodes a request target in origin form into `request`.
std::optional<Problem> parse_target(std::string_view target, HttpRequest& request);

// application/json, in UTF-8.
bool is_json_content_type(std::string_view value);

// The request's X-Correlation-Id where it is 1-64 of [A-Za-z0-9._-], else a fresh one.
std::string correlation_id_of(const HttpHead* head);

}  // namespace kith
