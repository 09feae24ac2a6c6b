// What becomes of a case, of sql_cases.h.
#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_cases.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_membership.h"
#include "storage/sql_moderation.h"
#include "storage/sql_notices.h"
#include "storage/sql_roles.h"

namespace kith {
namespace {

// How a step stands in the history, and with `audited` in the audit log.
struct Step {
  std::string action;
  std::string detail{};
};
void add_step(SqlConnection& db, const Actor& actor, std::int64_t key, const Step& step) {
  db.execute(
      "INSERT INTO moderation_case_steps(case_id, at, by_id, action, detail) "
      "VALUES($1, $2, $3, $4, $5)",
      key, actor.now, actor.key, step.action, step.detail);
}

void audit_step(SqlConnection& db, const Actor& actor, const CaseId& id, const Step& step) {
  std::string detail;
  JsonWriter json(detail);
  json.begin_object().field("case_id", id);
  if (!step.detail.empty()) json.field("detail", step.detail);
  json.end_object();
  append_audit(db, {.at = actor.now,
                    .action = "moderation.case_" + step.action,
                    .user = actor.key,
                    .detail = std::move(detail)});
}

void tell_keepers(WriteContext& context, const Actor& reporter, const NewReport& report) {
  const auto keepers = keepers_of_order(context.db, kCaseNoticesMax);
  std::vector<ChannelKey> channels;
  for (const UserRef& keeper : keepers) channels.push_back(own_channel(keeper).key);
  touch_channels(context, std::move(channels));
  for (const UserRef& keeper : keepers) {
    std::string payload;
    JsonWriter(payload)
        .begin_object()
        .field("case_id", CaseId{report.id.uuid})
        .field("chat_id", ChatId{report.chat.id.uuid})
        .field("message_id", report.message.id)
        .end_object();
    notify(context, {.user = keeper,
                     .type = "moderation.case",
                     .payload = std::move(payload),
                     .at = reporter.now,
                     .by = reporter.key});
  }
}

struct OpenCase {
  std::int64_t key = 0;
  bool is_new = false;
};
OpenCase find_or_open(SqlConnection& db, const Actor& reporter, const NewReport& report) {
  {
    auto row = db.query("SELECT id FROM moderation_cases WHERE message_id = $1 AND status = 0",
                        report.message.position);
    if (row.next()) return {.key = row.integer(0), .is_new = false};
  }
  auto row = db.query(
      "INSERT INTO moderation_cases(public_id, chat_id, created_at, message_id, message_edited_at) "
      "SELECT $1, $2, $3, m.position, m.edited_at FROM chat_messages m WHERE m.position = $4 "
      "RETURNING id",
      report.id, report.chat.key, reporter.now, report.message.position);
  return {.key = row.next() ? row.integer(0) : 0, .is_new = true};
}

command::ModerationAction action_of(CaseResolution resolution) {
  switch (resolution) {
    case CaseResolution::hidden:
    case CaseResolution::dismissed:
      break;
    case CaseResolution::muted:
      return command::ModerationAction::mute;
    case CaseResolution::banned:
      return command::ModerationAction::ban;
  }
  return command::ModerationAction::hide;
}

Result<Committed> carry_out(WriteContext& context, const Actor& actor, const CaseRecord& record,
                            const ResolveCase& resolve) {
  if (resolve.resolution == CaseResolution::dismissed) return Committed{};
  Moderate request;
  request.chat = record.chat;
  request.action = action_of(resolve.resolution);
  if (resolve.resolution == CaseResolution::hidden) {
    request.message = record.message;
  } else {
    request.user = record.sender;
    request.until = resolve.until;
  }
  request.reason = "reported";
  auto done = moderate_for_server(context, reference(actor), actor.now, request);
  if (!done && done.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::conflict, "the sender is not there any more");
  }
  if (!done && done.error().code == ErrorCode::conflict) {
    return fail(ErrorCode::conflict, done.error().message);  // of no field of the request
  }
  return done;
}

Result<ChangedCase> changed(SqlConnection& db, const Actor& actor, const CaseId& id,
                            std::vector<DurableEvent> events) {
  auto stored = require_case(db, actor, id);
  if (!stored) return stored.error();
  return ChangedCase{.record = std::move(stored->record), .events = std::move(events)};
}

Error already_resolved() {
  return fail(ErrorCode::conflict, "the case is resolved");
}

}  // namespace

void add_report(WriteContext& context, const Actor& reporter, const NewReport& report) {
  SqlConnection& db = context.db;
  const OpenCase open = find_or_open(db, reporter, report);
  db.execute(
      "INSERT INTO message_reports(public_id, chat_id, message_id, reporter_id, reason, "
      "created_at, case_id) VALUES($1, $2, $3, $4, $5, $6, $7)",
      report.id, report.chat.key, report.message.position, reporter.key, report.reason,
      reporter.now, open.key);
  db.execute("UPDATE moderation_cases SET reports = reports + 1 WHERE id = $1", open.key);
  add_step(db, reporter, open.key, {.action = "reported"});
  if (open.is_new) tell_keepers(context, reporter, report);
}

Result<ChangedCase> assign_case(WriteContext& context, const Actor& actor, const CaseId& id,
                                const std::optional<UserId>& assignee) {
  SqlConnection& db = context.db;
  const auto stored = require_case(db, actor, id);
  if (!stored) return stored.error();
  std::optional<UserKey> key;
  if (assignee) {
    const auto user = find_live_user(db, *assignee);
    if (!user || !keeps_order(db, user->key)) {
      return fail(ErrorCode::not_found, "is nobody who keeps order", "assignee");
    }
    key = user->key;
  }
  if (db.execute("UPDATE moderation_cases SET assignee_id = $1 WHERE id = $2 AND status = 0", key,
                 stored->key) != 1) {
    return already_resolved();
  }
  const Step step{.action = assignee ? "assigned" : "unassigned",
                  .detail = assignee ? assignee->text() : std::string()};
  add_step(db, actor, stored->key, step);
  audit_step(db, actor, id, step);
  return changed(db, actor, id, {});
}

Result<ChangedCase> resolve_case(WriteContext& context, const Actor& actor,
                                 const ResolveCase& resolve) {
  SqlConnection& db = context.db;
  const auto stored = require_case(db, actor, resolve.id);
  if (!stored) return stored.error();
  if (stored->record.status == CaseStatus::resolved) return already_resolved();
  // The chat before the case, as a report takes them.
  auto done = carry_out(context, actor, stored->record, resolve);
  if (!done) return done.error();
  if (db.execute("UPDATE moderation_cases SET status = 1, resolution = $1, note = $2, "
                 "resolved_at = $3 WHERE id = $4 AND status = 0",
                 static_cast<int>(resolve.resolution), resolve.note, actor.now, stored->key) != 1) {
    return already_resolved();
  }
  db.execute("UPDATE message_reports SET status = 'resolved' WHERE case_id = $1", stored->key);
  const Step step{.action = "resolved", .detail = std::string(to_string(resolve.resolution))};
  add_step(db, actor, stored->key, step);
  audit_step(db, actor, resolve.id, step);
  return changed(db, actor, resolve.id, std::move(done->events));
}

}  // namespace kith
