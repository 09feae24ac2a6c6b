// Errors as HTTP tells them: RFC 9457 application/problem+json with a `code` from the catalogue
// (PROTOCOL section 7). 400 is for syntax, 422 for a field, which `errors` names.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "gateway/http_message.h"
#include "protocol/result.h"

namespace kith {

struct FieldError {
  std::string field;
  std::string message;
};

struct Problem {
  int status = 500;
  ErrorCode code = ErrorCode::internal;
  std::string detail{};  // for people; never holds secrets, SQL or what a client sent
  std::vector<FieldError> errors{};
  std::optional<std::chrono::milliseconds> retry_after{};
  std::vector<NamedValue> fields{};  // of the answer's head
  bool close = false;                // what follows on the connection cannot be trusted
};

// With the code that belongs to the status.
Problem problem(int status, std::string detail);
// The same, and the connection ends: the framing of what follows is in doubt.
Problem fatal_problem(int status, std::string detail);
// An error of a port or of the engine: a field that is to blame makes it 422.
Problem to_problem(const Error& error);
// The same where the field stands in the body: what it names does not exist, which is 422 too.
Problem to_body_problem(const Error& error);
Problem invalid_field(std::string field, std::string message);

HttpResponse to_response(const Problem& problem, std::string_view correlation_id);

}  // namespace kith
