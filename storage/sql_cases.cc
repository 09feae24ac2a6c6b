// Reading, of sql_cases.h.
#include "storage/sql_cases.h"

#include <algorithm>

#include "protocol/content.h"
#include "storage/sql_chat_cursor.h"
#include "storage/sql_roles.h"

namespace kith {
namespace {

Error no_such_case() {
  return fail(ErrorCode::not_found, "no such case");
}

std::vector<CaseReport> reports_of(SqlConnection& db, std::int64_t key) {
  std::vector<CaseReport> out;
  auto rows = db.query(
      "SELECT r.public_id, c.public_id, r.reason, r.created_at FROM message_reports r "
      "JOIN channels c ON c.id = r.reporter_id WHERE r.case_id = $1 ORDER BY r.id LIMIT $2",
      key, kCaseEntriesMax);
  while (rows.next()) {
    out.push_back({.id = ReportId{rows.uuid(0)},
                   .reporter = UserId{rows.uuid(1)},
                   .reason = std::string(rows.text(2)),
                   .at = rows.time(3)});
  }
  return out;
}

std::vector<CaseStep> steps_of(SqlConnection& db, std::int64_t key) {
  std::vector<CaseStep> out;
  auto rows = db.query(
      "SELECT t.at, c.public_id, t.action, t.detail FROM moderation_case_steps t "
      "LEFT JOIN channels c ON c.id = t.by_id WHERE t.case_id = $1 ORDER BY t.id LIMIT $2",
      key, kCaseEntriesMax);
  while (rows.next()) {
    CaseStep& step = out.emplace_back();
    step.at = rows.time(0);
    if (!rows.is_null(1)) step.by = UserId{rows.uuid(1)};
    step.action = rows.text(2);
    step.detail = rows.text(3);
  }
  return out;
}

}  // namespace

StoredCase read_stored_case(const SqlCursor& row) {
  StoredCase out;
  out.key = row.integer(0);
  out.message = static_cast<Position>(row.integer(1));
  CaseRecord& record = out.record;
  record.id = CaseId{row.uuid(2)};
  record.chat = ChatId{row.uuid(3)};
  record.message = MessageId{row.uuid(4)};
  record.sender = UserId{row.uuid(5)};
  record.status = static_cast<CaseStatus>(row.integer(6));
  if (!row.is_null(7)) record.assignee = UserId{row.uuid(7)};
  if (!row.is_null(8)) record.resolution = static_cast<CaseResolution>(row.integer(8));
  record.note = row.text(9);
  record.reports = static_cast<std::uint32_t>(row.integer(10));
  record.created_at = row.time(11);
  record.resolved_at = row.maybe_time(12);
  return out;
}

Result<StoredCase> require_case(SqlConnection& db, const Actor& actor, const CaseId& id) {
  if (!keeps_order(db, actor.key)) return no_such_case();
  auto row = db.query(KITH_SELECT_CASES "WHERE k.public_id = $1", id);
  if (!row.next()) return no_such_case();
  return read_stored_case(row);
}

Result<CaseList> list_cases(SqlConnection& db, const Actor& actor, const CaseQuery& query) {
  if (!keeps_order(db, actor.key)) return fail(ErrorCode::not_found, "there are no cases");
  std::int64_t before = INT64_MAX;
  if (query.cursor) {
    const auto place = parse_chat_cursor(db, actor.key, *query.cursor);
    if (!place || place->chat != ChannelKey{0}) {
      return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    }
    before = static_cast<std::int64_t>(place->activity);
  }
  CaseList out;
  std::int64_t assignee = 0;
  if (query.assignee) {
    auto row = db.query("SELECT id FROM channels WHERE public_id = $1 AND kind = $2",
                        *query.assignee, static_cast<int>(IdKind::user));
    if (!row.next()) return out;  // nobody by that id has any
    assignee = row.integer(0);
  }
  constexpr int kAnyStatus = 2;
  const int status = query.status ? static_cast<int>(*query.status) : kAnyStatus;
  const std::uint32_t limit = std::clamp(query.limit, 1U, kCaseListMax);
  auto rows = db.query(KITH_SELECT_CASES
                       "WHERE k.id < $1 AND ($2 > 1 OR k.status = $2) "
                       "AND (CAST($3 AS BIGINT) = 0 OR k.assignee_id = $3) "
                       "AND ($4 = 0 OR k.assignee_id IS NULL) ORDER BY k.id DESC LIMIT $5",
                       before, status, assignee, query.unassigned ? 1 : 0, limit + 1);
  std::int64_t last = 0;
  while (rows.next()) {
    if (out.cases.size() == limit) {
      out.next_cursor = make_chat_cursor(
          db, actor.key, {.activity = static_cast<Position>(last), .chat = ChannelKey{0}});
      break;
    }
    StoredCase stored = read_stored_case(rows);
    last = stored.key;
    out.cases.push_back(std::move(stored.record));
  }
  return out;
}

Result<CaseDetails> read_case(SqlConnection& db, const Actor& actor, const CaseId& id) {
  auto stored = require_case(db, actor, id);
  if (!stored) return stored.error();
  CaseDetails out{.record = std::move(stored->record), .content = std::string(kTombstoneJson)};
  {
    auto row = db.query(
        "SELECT m.content, m.moderation_status, m.edited_at, k.message_edited_at "
        "FROM moderation_cases k JOIN chat_messages m ON m.position = k.message_id "
        "WHERE k.id = $1",
        stored->key);
    if (row.next()) {
      if (!row.is_null(0)) out.content = row.text(0);
      out.hidden = row.integer(1) != 0;
      out.edited_since = row.maybe_time(2) != row.maybe_time(3);
    }
  }
  out.reports = reports_of(db, stored->key);
  out.history = steps_of(db, stored->key);
  return out;
}

}  // namespace kith
