// The bytes of an answer's head: status line, what every answer carries (security fields, the
// correlation id), and the handler's own fields.
#pragma once

#include <string>
#include <string_view>

#include "gateway/http_message.h"
#include "protocol/ids.h"

namespace kith {

struct AnswerContext {
  std::string_view correlation_id;
  bool keep_alive = true;
  WallTime now{};
};

// With the empty line at the end. A value that holds a line end is a bug of ours: asserted, so that
// nothing a client sent can ever become a field (CRLF injection).
std::string answer_head(const HttpResponse& response, const AnswerContext& context);

}  // namespace kith
