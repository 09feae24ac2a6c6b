// What the handlers of clubs share.
#pragma once

#include <optional>
#include <utility>

#include "engine/ports/broadcasts.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "protocol/json_writer.h"

namespace kith {

// The answer where the store keeps no clubs (503).
std::optional<HttpResponse> without_clubs(const RequestContext& context);

// Hands what was committed to the shard's sessions and the others, then goes on.
template <typename T>
Callback<T> publishing(Engine& engine, Callback<T> done) {
  return [&engine, done = std::move(done)](Result<T> result) mutable {
    if (result) engine.publish(std::exchange(result->events, {}));
    done(std::move(result));
  };
}

// `cursor` of a list; 400 where it cannot be one.
Checked<std::optional<std::string>> cursor_of(const HttpRequest& request);
// Of a port: a bad cursor is 400, like every other part of a URL; the rest as to_problem() has it.
HttpResponse refused_list(const RequestContext& context, const Error& error);
void write_next_cursor(JsonWriter& json, const std::optional<std::string>& cursor);

// The request's Idempotency-Key, with what it stands for.
Checked<std::optional<Idempotency>> idempotency_of(const RequestContext& context,
                                                   std::string_view path);

// Also of members: `field` holds what can be seen, and no control characters.
void check_visible(JsonBody& body, std::string_view field, std::string_view text);

}  // namespace kith
