// Order on the server: roles, and the cases that reports become.
#include "engine/ports/moderation.h"
#include "gateway/openapi/operation.h"

namespace kith::api {

using enum HttpMethod;

namespace {

const std::vector<std::string> kResolutions = {"dismissed", "hidden", "muted", "banned"};

std::vector<Member> case_members() {
  return {{"id", id(IdKind::moderation_case)},
          {"status", one_of({"open", "resolved"})},
          {"chat_id", id(IdKind::chat)},
          {"message_id", id(IdKind::message)},
          {"sender_id", id(IdKind::user)},
          {"report_count", integer()},
          {"assignee", or_null(id(IdKind::user))},
          {"resolution", or_null(one_of(kResolutions))},
          {"note?", text()},
          {"created_at", time()},
          {"resolved_at", or_null(time())}};
}

Schema case_details() {
  std::vector<Member> members = case_members();
  members.emplace_back("message", object({{"id", id(IdKind::message)},
                                          {"content", ref("ShownContent")},
                                          {"hidden", boolean()},
                                          {"edited_since_report", boolean()}}));
  members.emplace_back("reports", list(object({{"id", id(IdKind::report)},
                                               {"reporter_id", id(IdKind::user)},
                                               {"reason", text()},
                                               {"created_at", time()}})));
  members.emplace_back("history", list(object({{"at", time()},
                                               {"by", or_null(id(IdKind::user))},
                                               {"action", text()},
                                               {"detail?", text()}})));
  return object(std::move(members));
}

std::vector<Operation> case_changes() {
  const Schema changed = object(case_members());
  return {
      {.method = post,
       .pattern = "/moderation/cases/{case_id}/assign",
       .id = "assignCase",
       .tag = "moderation",
       .summary = "Gives a case to somebody who keeps order: to oneself, or with null to nobody",
       .body = object({{"assignee?", or_null(id(IdKind::user))}}),
       .answers = {{200, changed}},
       .refusals = {409}},
      {.method = post,
       .pattern = "/moderation/cases/{case_id}/resolve",
       .id = "resolveCase",
       .tag = "moderation",
       .summary = "Ends a case, and does what that says to the message or its sender",
       .body = object({{"resolution", one_of(kResolutions)},
                       {"note?", text(0, 1000)},
                       {"until?", time().says("of a mute or a ban")}}),
       .answers = {{200, changed}},
       .refusals = {409}},
  };
}

}  // namespace

std::vector<Operation> moderation_operations() {
  const std::vector<std::string> roles = {"user", "moderator", "organizer", "admin",
                                          "premium_plus"};
  std::vector<Operation> all = {
      {.method = patch,
       .pattern = "/users/{user_id}/role",
       .id = "setRole",
       .tag = "moderation",
       .summary = "Gives a user a role on the server; for admins, of whom one always stays",
       .body = object({{"role", one_of(roles)}}),
       .answers = {{200, object({{"user_id", id(IdKind::user)}, {"role", one_of(roles)}})}},
       .refusals = {403, 409}},
      {.method = get,
       .pattern = "/moderation/cases",
       .id = "listCases",
       .tag = "moderation",
       .summary = "Cases, newest first; for moderators and admins, to others 404",
       .query =
           paged(50, kCaseListMax,
                 {{.name = "status", .schema = one_of({"open", "resolved", "all"})},
                  {.name = "assignee", .schema = text(1, 64).says("me, none or a user's id")}}),
       .answers = {{200, page(object(case_members()))}},
       .refusals = {404, 422}},
      {.method = get,
       .pattern = "/moderation/cases/{case_id}",
       .id = "getCase",
       .tag = "moderation",
       .summary = "A case with its reports, its history, and the message as it is now",
       .answers = {{200, case_details()}}},
  };
  for (Operation& operation : case_changes()) all.push_back(std::move(operation));
  return all;
}

}  // namespace kith::api
