// What the resources' handlers share: answering, and finding out whether an error may be told.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "gateway/http_request_checks.h"
#include "gateway/http_router.h"
#include "gateway/keyed_limits.h"
#include "gateway/problem.h"
#include "protocol/ids.h"

namespace kith {

HttpResponse json_answer(int status, std::string body);
HttpResponse refused(const RequestContext& context, const Problem& problem);
HttpResponse refused(const RequestContext& context, const Error& error);

// Takes one from the caller's part of `limit`; over it, the answer (429 with retry_after). `what`
// there are too many of, in the plural.
std::optional<HttpResponse> over_limit(const RequestContext& context, KeyedLimits& limit,
                                       std::string_view what);

// For an error about a chat: 404 where the caller may not see the chat, whatever the error says,
// else as the error has it. Ports tell "no such chat", "not in it" and "muted" alike as forbidden;
// HTTP does not (RELIABILITY 3.2: an invisible object is 404 always).
boost::asio::awaitable<HttpResponse> refused_in_chat(RequestContext& context, ChatId chat,
                                                     Error error);

// The path's parameter as an id; where it is none, `refusal` is the answer (400).
template <typename T>
struct PathId {
  std::optional<T> id;
  HttpResponse refusal;
};
template <typename T>
PathId<T> path_id(const RequestContext& context, std::size_t index) {
  PathId<T> read{.id = T::parse(context.parameters[index]), .refusal = {}};
  if (!read.id) read.refusal = refused(context, problem(400, "the path holds a malformed id"));
  return read;
}

// `limit` of a list: 1 to `max`, more counts as that.
Checked<std::uint32_t> limit_of(const HttpRequest& request, std::uint32_t fallback,
                                std::uint32_t max);

// The request's Idempotency-Key, 1 to 64 characters that can be seen; 400 where it is none.
Checked<std::optional<std::string>> idempotency_key(const HttpRequest& request);

// A fresh id of the gateway's making; ids of chats, messages and reports are the engine's to make.
Uuid fresh_uuid(WallTime now);

}  // namespace kith
