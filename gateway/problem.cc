#include "gateway/problem.h"

#include "protocol/json_writer.h"

namespace kith {

namespace {

ErrorCode code_of(int status) {
  switch (status) {
    case 401:
      return ErrorCode::unauthorized;
    case 402:
      return ErrorCode::payment_required;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
    case 412:
      return ErrorCode::conflict;
    case 413:
    case 414:
    case 431:
      return ErrorCode::too_large;
    case 429:
      return ErrorCode::rate_limited;
    case 500:
      return ErrorCode::internal;
    case 501:
    case 503:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::bad_request;
  }
}

constexpr std::chrono::milliseconds kRetryAfterDefault{1000};

}  // namespace

Problem problem(int status, std::string detail) {
  return Problem{.status = status, .code = code_of(status), .detail = std::move(detail)};
}

Problem fatal_problem(int status, std::string detail) {
  Problem made = problem(status, std::move(detail));
  made.close = true;
  return made;
}

Problem to_problem(const Error& error) {
  Problem made{.status = http_status(error.code),
               .code = error.code,
               .detail = error.message,
               .retry_after = error.retry_after};
  if (!error.field.empty()) {
    made.errors.push_back({error.field, error.message});
    const bool syntax = error.code == ErrorCode::bad_request || error.code == ErrorCode::too_large;
    if (syntax) made.status = 422;
  }
  if (made.code == ErrorCode::internal) made.detail = "something went wrong on our side";
  return made;
}

Problem invalid_field(std::string field, std::string message) {
  Problem made{.status = 422, .code = ErrorCode::bad_request, .detail = "a field is not valid"};
  made.errors.push_back({std::move(field), std::move(message)});
  return made;
}

Problem to_body_problem(const Error& error) {
  Problem made = to_problem(error);
  if (error.code == ErrorCode::not_found && !error.field.empty()) made.status = 422;
  return made;
}

HttpResponse to_response(const Problem& problem, std::string_view correlation_id) {
  HttpResponse response{.status = problem.status,
                        .content_type = "application/problem+json",
                        .fields = problem.fields,
                        .close = problem.close};
  JsonWriter json(response.body);
  json.begin_object().field("type", "about:blank");
  json.field("title", reason_phrase(problem.status)).field("status", problem.status);
  json.field("code", to_string(problem.code)).field("detail", problem.detail);
  json.field("correlation_id", correlation_id);
  if (!problem.errors.empty()) {
    json.key("errors").begin_array();
    for (const FieldError& error : problem.errors) {
      json.begin_object().field("field", error.field).field("message", error.message).end_object();
    }
    json.end_array();
  }
  auto retry_after = problem.retry_after;
  const bool asks_for_time = problem.status == 429 || problem.status == 503;
  if (!retry_after && asks_for_time) retry_after = kRetryAfterDefault;
  if (retry_after) {
    json.field("retry_after_ms", static_cast<std::int64_t>(retry_after->count()));
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*retry_after).count();
    response.fields.push_back({"Retry-After", std::to_string(std::max<std::int64_t>(1, seconds))});
  }
  if (problem.status == 401) response.fields.push_back({"WWW-Authenticate", "Bearer"});
  json.end_object();
  return response;
}

}  // namespace kith
