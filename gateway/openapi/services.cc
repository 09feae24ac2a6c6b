// What is for other back ends, and the tokens that they come with.
#include "engine/ports/service_accounts.h"
#include "gateway/openapi/operation.h"

namespace kith::api {

using enum HttpMethod;

namespace {

std::vector<Member> account_members() {
  return {{"id", id(IdKind::service)},
          {"name", text()},
          {"scopes", list(text())},
          {"created_at", time()},
          {"created_by", or_null(id(IdKind::user))}};
}

std::vector<Operation> account_operations_of_services() {
  std::vector<std::string> scopes;
  for (const ServiceScope scope : ServiceScopes(~0U).list()) scopes.emplace_back(to_string(scope));
  std::vector<Member> made = account_members();
  made.emplace_back("token", text().says("shown this once"));
  return {
      {.method = post,
       .pattern = "/service-accounts",
       .id = "createServiceAccount",
       .tag = "services",
       .summary = "Makes a token for another back end; for admins",
       .body = object({{"name", text(1, kServiceNameCharactersMax)},
                       {"scopes", list(one_of(std::move(scopes)), 16)}}),
       .answers = {{201, object(std::move(made))}},
       .refusals = {403}},
      {.method = get,
       .pattern = "/service-accounts",
       .id = "listServiceAccounts",
       .tag = "services",
       .summary = "Those that stand, newest first; for admins",
       .answers = {{200, page(object(account_members()))}},
       .refusals = {403}},
      {.method = del,
       .pattern = "/service-accounts/{service_id}",
       .id = "revokeServiceAccount",
       .tag = "services",
       .summary = "Ends a token at once; for admins",
       .answers = {{204}},
       .refusals = {403}},
  };
}

Operation publish_operation() {
  const Schema name = text(1, kAppEventNameBytesMax).says("of a-z 0-9 . _ -").by_handler();
  const Schema data =
      map(anything().says("what the name stands for")).says("at most 16 KiB").by_handler();
  const Schema tier = one_of({"durable", "state"}).by_handler();
  const Schema key =
      text(0, kAppEventNameBytesMax).says("of a state event: what is superseded").by_handler();
  const std::vector<Member> event = {
      {"name?", name}, {"data?", data}, {"tier?", tier}, {"key?", key}};
  std::vector<Member> body = event;
  body.emplace_back("events?", list(object(event), kAppEventsMax)
                                   .says("in place of the others: up to so many at once")
                                   .by_handler());
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
          .tag = "services",
          .summary = "Publishes into a channel; scope events:publish",
          .body = object(std::move(body)),
          .answers = {{201, answer}, {200, answer}},
          .refusals = {403},
          .with = kIdempotencyKey};
}

Operation provision_operation() {
  const Schema made = object({{"id", id(IdKind::user)},
                              {"email", text()},
                              {"display_name", text()},
                              {"city", text()},
                              {"interests", list(text())},
                              {"created_at", time()},
                              {"duplicate?", boolean()}});
  return {.method = post,
          .pattern = "/service/users",
          .id = "provisionUser",
          .tag = "services",
          .summary =
              "Makes a user, who is mailed to set a password where none is given; scope "
              "users:write",
          .body = object({{"email", text(1, 254)},
                          {"password?", text(1, 256)},
                          {"display_name", text(1, 80)},
                          {"bio?", text(0, 1000)},
                          {"city?", text(0, 100)},
                          {"signup_source?", text(0, 32)},
                          {"interests?", list(text(1, 64), 50)}}),
          .answers = {{201, made}, {200, made}},
          .refusals = {403},
          .with = kIdempotencyKey};
}

}  // namespace

std::vector<Operation> service_operations() {
  std::vector<Operation> all = account_operations_of_services();
  all.push_back(publish_operation());
  all.push_back(provision_operation());
  all.push_back(
      {.method = post,
       .pattern = "/users/{user_id}/disconnect",
       .id = "disconnectUser",
       .tag = "services",
       .summary = "Closes a user's sockets everywhere; scope users:disconnect",
       .body = object({{"end_logins?", boolean()}, {"reason?", text(0, 200)}}),
       .answers = {{200, object({{"user_id", id(IdKind::user)}, {"logins_ended", integer()}})}},
       .refusals = {403}});
  all.push_back({.method = get,
                 .pattern = "/presence",
                 .id = "readPresence",
                 .tag = "services",
                 .summary = "Who has a socket at this moment; scope presence:read",
                 .query = {{.name = "users", .schema = text(1, 4000).says("1 to 100 ids, commas")}},
                 .answers = {{200, object({{"items", list(object({{"user_id", id(IdKind::user)},
                                                                  {"online", boolean()}}))}})}},
                 .refusals = {403}});
  return all;
}

}  // namespace kith::api
