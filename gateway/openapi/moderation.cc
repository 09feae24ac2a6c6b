// Roles, and the cases of those who keep order on the server.
#include "gateway/openapi/operation.h"

#include "engine/ports/moderation.h"

namespace kith::api {

using enum HttpMethod;

namespace {

std::vector<Member> case_members() {
  return {{"id", id(IdKind::moderation_case)},
          {"status", one_of({"open", "resolved"})},
          {"chat_id", id(IdKind::chat)},
          {"message_id", id(IdKind::message)},
          {"sender_id", id(IdKind::user)},
          {"report_count", integer()},
          {"assignee", or_null(id(IdKind::user))},
          {"resolution", or_null(one_of({"dismissed", "hidden", "muted", "banned"}))},
          {"note?", text()},
          {"created_at", time()},
          {"resolved_at", or_null(time())}};
}

Schema case_details() {
  auto members = case_members();
  members.push_back({"message", object({{"id", id(IdKind::message)},
                                        {"content", ref("ShownContent")},
                                        {"hidden", boolean()},
                                        {"edited_since_report", boolean()}})});
  members.push_back({"reports", list(object({{"id", id(IdKind::report)},
                                             {"reporter_id", id(IdKind::user)},
                                             {"reason", text()},
                                             {"created_at", time()}}))});
  members.push_back({"history", list(object({{"at", time()},
                                             {"by", or_null(id(IdKind::user))},
                                             {"action", text()},
                                             {"detail?", anything()}}))});
  return object(std::move(members));
}

}  // namespace

std::vector<Operation> moderation_operations() {
  const Schema one = object(case_members());
  const Schema role = one_of({"user", "moderator", "organizer", "admin", "premium_plus"});
  return {
      {.method = patch,
       .pattern = "/users/{user_id}/role",
       .id = "setRole",
       .tag = "moderation",
       .summary = "Gives a role on the server; for admins",
       .body = object({{"role", role}}),
       .answers = {{200, object({{"user_id", id(IdKind::user)}, {"role", role}})}},
       .refusals = {403, 409}},
      {.method = get,
       .pattern = "/moderation/cases",
       .id = "listCases",
       .tag = "moderation",
       .summary = "What was reported; for moderators and admins, to others there is nothing",
       .query =
           paged(50, kCaseListMax,
                 {{.name = "status", .schema = one_of({"open", "resolved", "all"})},
                  {.name = "assignee", .schema = text(1, 64).says("me, none or a user's id")}}),
       .answers = {{200, page(one)}},
       .refusals = {404, 422}},
      {.method = get,
       .pattern = "/moderation/cases/{case_id}",
       .id = "getCase",
       .tag = "moderation",
       .summary = "A case, with its message, its reports and what was done",
       .answers = {{200, case_details()}}},
      {.method = post,
       .pattern = "/moderation/cases/{case_id}/assign",
       .id = "assignCase",
       .tag = "moderation",
       .summary = "Gives a case to somebody; to oneself without an assignee, to nobody with null",
       .body = object({{"assignee?", id(IdKind::user)}}),
       .answers = {{200, one}},
       .refusals = {403, 409}},
      {.method = post,
       .pattern = "/moderation/cases/{case_id}/resolve",
       .id = "resolveCase",
       .tag = "moderation",
       .summary = "Closes a case, and does what it says",
       .body = object({{"resolution", one_of({"dismissed", "hidden", "muted", "banned"})},
                       {"note?", text(0, 1000)},
                       {"until?", time().says("of muted and banned; without it for good")}}),
       .answers = {{200, one}},
       .refusals = {403, 409}},
  };
}

}  // namespace kith::api
