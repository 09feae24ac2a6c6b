// What the handlers of clubs share, and all that answer with a list, page by page.
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
// {"items": [...], "next_cursor"}: `write_item(json, item)` for each.
template <typename Items, typename WriteItem>
HttpResponse page_answer(const Items& items, const std::optional<std::string>& next_cursor,
                         WriteItem write_item) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("items").begin_array();
  for (const auto& item : items) write_item(json, item);
  json.end_array();
  write_next_cursor(json, next_cursor);
  json.end_object();
  return json_answer(200, std::move(out));
}

// The request's Idempotency-Key, with what it stands for.
Checked<std::optional<Idempotency>> idempotency_of(const RequestContext& context,
                                                   std::string_view path);

}  // namespace kith
