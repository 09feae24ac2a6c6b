// What the routes of rest/routes.h do, for readers and for the check of bodies: one Operation for
// each, by method and pattern. A route without one is served all the same, but in no document, and
// the test "every route has its operation" names it.
//
// To add one: in the file of its resource,
//
//   {.method = HttpMethod::post, .pattern = "/things", .id = "createThing", .tag = "things",
//    .summary = "Makes a thing",
//    .body = object({{"name", text(1, 100)}}),
//    .answers = {{201, object({{"id", id(IdKind::...)}})}},
//    .refusals = {403}, .with = kIdempotencyKey},
//
// What follows from the route itself is said without being written: the path's parameters by their
// names (known in operation.cc), the token, 400 and 404 of ids in the path, 411, 413, 415 and 422
// of a body, 401 of a token, 429, 500 and 503 of everything.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http_router.h"
#include "gateway/openapi/schema.h"

namespace kith::api {

struct Parameter {
  std::string name;
  Schema schema;
  std::optional<std::int64_t> fallback{};  // of an integer: what holds where it is not given
};

struct OperationAnswer {
  int status = 200;
  std::optional<Schema> schema{};  // none: no body, or one that is no JSON
  std::string_view content_type = "application/json";
};

// Fields of the head that an operation takes, and what they bring: bits.
using Heads = std::uint8_t;
inline constexpr Heads kIdempotencyKey = 1;  // Idempotency-Key
inline constexpr Heads kIfMatch = 2;         // If-Match, 412, and an ETag in the answer
inline constexpr Heads kETag = 4;            // an ETag in the answer
inline constexpr Heads kIfNoneMatch = 8;     // If-None-Match, 304, and an ETag in the answer
inline constexpr Heads kBodyMayBeAbsent = 16;

struct Operation {
  HttpMethod method = HttpMethod::get;
  std::string_view pattern;
  std::string_view id;
  std::string_view tag;
  std::string_view summary;
  std::vector<Parameter> query{};
  std::optional<Schema> body{};
  std::vector<OperationAnswer> answers{};
  std::vector<int> refusals{};
  Heads with = 0;
};

// `limit` and `cursor`, and what else the list takes.
std::vector<Parameter> paged(std::int64_t fallback, std::int64_t max,
                             std::vector<Parameter> besides = {});

// All of them; made once, and for ever.
const std::vector<Operation>& operations();
// Null where there is none.
const Operation* find_operation(HttpMethod method, std::string_view pattern);

// What a {name} of a path stands for. Null: no such name is known.
const Schema* path_parameter(std::string_view name);
// "user_id" of "/users/{user_id}", in order.
std::vector<std::string_view> path_parameters(std::string_view pattern);

struct Component {
  std::string_view name;
  Schema schema;
};
const std::vector<Component>& components();

// The parts of operations() and components(), one function per file.
std::vector<Operation> user_operations();
std::vector<Operation> account_operations();
std::vector<Operation> notification_operations();
std::vector<Operation> chat_operations();
std::vector<Operation> message_operations();
std::vector<Operation> club_operations();
std::vector<Operation> broadcast_operations();
std::vector<Operation> event_operations();
std::vector<Operation> reward_operations();
std::vector<Operation> server_operations();
std::vector<Operation> server_api_operations();
std::vector<Operation> moderation_operations();
// What whoever signs up says, or is signed up with; `password` is its name, with ? or without.
std::vector<Member> sign_up_fields(std::string_view password);

std::vector<Component> people_components();
std::vector<Component> chat_components();
std::vector<Component> club_components();

}  // namespace kith::api
