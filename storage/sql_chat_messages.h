// What participants do with messages that stand: edit, remove, react, read, report. The semantics
// are those of Chats in engine/ports/chats.h; each function is one write job, which undoes itself
// by returning an error (sql_session.h).
#pragma once

#include <string>
#include <vector>

#include "engine/ports/chats.h"
#include "storage/sql_session.h"

namespace kith {

Result<Committed> edit_message(WriteContext& context, const Actor& actor, const EditMessage& edit);
Result<Committed> remove_message(WriteContext& context, const Actor& actor,
                                 const DeleteMessage& remove);
// Leaves a tombstone of it; its event is the caller's.
void take_message_away(WriteContext& context, const MessageRef& message, WallTime now);
Result<Committed> react(WriteContext& context, const Actor& actor, const SetReaction& reaction);

Result<MarkedRead> mark_read(WriteContext& context, const Actor& actor, const ChatId& chat,
                             const MessageId& last_read);
Status mark_delivered(WriteContext& context, const std::vector<DeliveredMark>& marks);

struct MessageReport {
  ChatId chat;
  MessageId message;
  ReportId id;
  std::string reason;
};
Result<ReportId> report_message(WriteContext& context, const Actor& actor,
                                const MessageReport& report);

}  // namespace kith
