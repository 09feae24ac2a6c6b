// What other back ends do, and the tokens that they do it with.
#include "engine/ports/service_accounts.h"
#include "gateway/openapi/operation.h"

namespace kith::api {

using enum HttpMethod;

namespace {

Schema scope_schema() {
  return one_of({"events:publish", "users:write", "users:disconnect", "chats:write",
                 "members:write", "messages:write", "presence:read"});
}

std::vector<Member> service_members() {
  return {{"id", id(IdKind::service)},
          {"name", text()},
          {"scopes", list(scope_schema())},
          {"created_at", time()},
          {"created_by", or_null(id(IdKind::user))}};
}

std::vector<Operation> account_operations_of_services() {
  auto with_token = service_members();
  with_token.push_back({"token", text().says("this once")});
  return {
      {.method = post,
       .pattern = "/service-accounts",
       .id = "createServiceAccount",
       .tag = "server API",
       .summary = "A token for another back end; for admins",
       .body = object({{"name", name_text(1, kServiceNameCharactersMax)},
                       {"scopes", list(scope_schema(), 16)}}),
       .answers = {{201, object(std::move(with_token))}},
       .refusals = {403, 409}},
      {.method = get,
       .pattern = "/service-accounts",
       .id = "listServiceAccounts",
       .tag = "server API",
       .summary = "Those that hold; for admins",
       .answers = {{200, page(object(service_members()))}},
       .refusals = {403}},
      {.method = del,
       .pattern = "/service-accounts/{service_id}",
       .id = "revokeServiceAccount",
       .tag = "server API",
       .summary = "Ends a token; for admins",
       .answers = {{204}},
       .refusals = {403}},
  };
}

// An event, and what there is of it in the answer.
std::vector<Member> event_members(const char* name) {
  return {{name, text(1, kAppEventNameBytesMax).says("of a-z, 0-9, . _ and -")},
          {"data?", map(anything()).by_handler().says("at most 16 KiB")},
          {"tier?", one_of({"durable", "state"})},
          {"key?", text(0, kAppEventNameBytesMax)
                       .says("of a state event: a newer one of this name "
                             "and key takes its place")}};
}

Operation publish_events() {
  auto body = event_members("name?");
  body.push_back({"events?", list(object(event_members("name")), kAppEventsMax)
                                 .by_handler()
                                 .says("in place of one event, up to 100 of them")});
  const Schema published =
      object({{"name", text()}, {"tier", one_of({"durable", "state"})}, {"seq?", integer()}});
  const Schema answer = object({{"channel", text()},
                                {"name?", text()},
                                {"tier?", one_of({"durable", "state"})},
                                {"seq?", integer()},
                                {"items?", list(published)},
                                {"duplicate?", boolean()}});
  return {.method = post,
          .pattern = "/channels/{channel_id}/events",
          .id = "publishEvents",
          .tag = "server API",
          .summary = "Publishes one event, or all of a list or none, to any channel",
          .body = object(std::move(body)),
          .answers = {{201, answer}, {200, answer}},
          .with = kIdempotencyKey};
}

}  // namespace

std::vector<Operation> server_api_operations() {
  std::vector<Operation> all = account_operations_of_services();
  all.push_back(publish_events());
  const Schema user = object({{"id", id(IdKind::user)},
                              {"email", text()},
                              {"display_name", text()},
                              {"city", text()},
                              {"interests", list(text())},
                              {"created_at", time()},
                              {"duplicate?", boolean()}});
  all.push_back({.method = post,
                 .pattern = "/service/users",
                 .id = "provisionUser",
                 .tag = "server API",
                 .summary = "Makes a user; without a password they are sent a mail to set one",
                 .body = object(sign_up_fields("password?")),
                 .answers = {{201, user}, {200, user}},
                 .refusals = {409},
                 .with = kIdempotencyKey});
  all.push_back(
      {.method = post,
       .pattern = "/users/{user_id}/disconnect",
       .id = "disconnectUser",
       .tag = "server API",
       .summary = "Closes a user's sockets, and ends their logins where it is asked for",
       .body = object({{"end_logins?", boolean()}, {"reason?", text(0, 200)}}),
       .answers = {{200, object({{"user_id", id(IdKind::user)}, {"logins_ended", integer()}})}}});
  all.push_back(
      {.method = get,
       .pattern = "/presence",
       .id = "readPresence",
       .tag = "server API",
       .summary = "Who of these is there",
       .query = {{.name = "users", .schema = text().says("1 to 100 ids, with commas between")}},
       .answers = {{200, object({{"items", list(object({{"user_id", id(IdKind::user)},
                                                        {"online", boolean()}}))}})}}});
  return all;
}

}  // namespace kith::api
