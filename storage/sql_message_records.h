// Messages as history and previews show them (MessageRecord), read a page at a time: one query for
// the messages, one for their reactions, one for who has read how far.
#pragma once

#include <optional>
#include <vector>

#include "engine/ports/chats.h"
#include "storage/sql_connection.h"

namespace kith {

struct MessageRow {
  Position position = 0;
  UserKey sender{};
  bool tombstone = false;
  MessageRecord record;
};

// The one cut of the log that is read: before a seq and a time, the newest first, or after a seq,
// the oldest first.
struct MessageRange {
  ChannelKey chat{};
  std::optional<Seq> after_seq;
  std::optional<Seq> before_seq;  // neither: from the newest back
  std::optional<WallTime> before_time;
  std::uint32_t limit = 1;
  std::size_t bytes_max = limits::kHistoryBytesMax;  // at least one message always comes
};
struct MessageRows {
  std::vector<MessageRow> rows;  // ascending seq
  bool more = false;
};
MessageRows read_messages(SqlConnection& db, const MessageRange& range);

// Counts of reactions, in the order of their first use, and whether the reader is among them.
// Tombstones have none. `rows` is one ascending run of the chat.
void add_reactions(SqlConnection& db, ChannelKey chat, UserKey reader,
                   std::vector<MessageRow>& rows);

// read_count, delivered_count and others; who exactly only where asked. Costs one pass over the
// chat's participants.
struct ReceiptsRequest {
  ChannelKey chat{};
  bool with_read_by = false;
};
void add_receipts(SqlConnection& db, const ReceiptsRequest& request, std::vector<MessageRow>& rows);

}  // namespace kith
