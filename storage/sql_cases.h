// Cases of reported messages, over SQL (engine/ports/moderation.h). A message has one open case at
// the most, which its reports join; who reported it before is not counted twice while it is open.
#pragma once

#include "engine/ports/moderation.h"
#include "storage/sql_session.h"

namespace kith {

struct NewReport {
  ReportId id;
  ChannelRef chat;
  MessageRef message;
  std::string reason;
};
// Whoever keeps order is told of a new case by notification.new of type moderation.case. The answer
// to a report carries no events: sockets get it by the next look at the log.
void add_report(WriteContext& context, const Actor& reporter, const NewReport& report);

Result<CaseList> list_cases(SqlConnection& db, const Actor& actor, const CaseQuery& query);
Result<CaseDetails> read_case(SqlConnection& db, const Actor& actor, const CaseId& id);
Result<ChangedCase> assign_case(WriteContext& context, const Actor& actor, const CaseId& id,
                                const std::optional<UserId>& assignee);
Result<ChangedCase> resolve_case(WriteContext& context, const Actor& actor,
                                 const ResolveCase& resolve);

// --- shared by the files of this header ---

struct StoredCase {
  std::int64_t key = 0;
  Position message = 0;
  CaseRecord record;
};
// For queries that go on with WHERE; read_stored_case() reads its columns.
#define KITH_SELECT_CASES                                                                    \
  "SELECT k.id, k.message_id, k.public_id, h.public_id, m.id, s.public_id, k.status, "       \
  "a.public_id, k.resolution, k.note, k.reports, k.created_at, k.resolved_at "               \
  "FROM moderation_cases k JOIN channels h ON h.id = k.chat_id "                             \
  "JOIN chat_messages m ON m.position = k.message_id JOIN channels s ON s.id = m.sender_id " \
  "LEFT JOIN channels a ON a.id = k.assignee_id "
StoredCase read_stored_case(const SqlCursor& row);
// not_found: no such case, or the actor keeps no order.
Result<StoredCase> require_case(SqlConnection& db, const Actor& actor, const CaseId& id);

}  // namespace kith
