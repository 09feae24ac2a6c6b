#include "storage/sql_history.h"

#include <algorithm>

#include "storage/sql_chat_access.h"
#include "storage/sql_message_records.h"

namespace kith {
namespace {

// The first seq whose message was not sent before `time`; head + 1 where all were.
Seq first_not_before(SqlConnection& db, const Standing& standing, WallTime time) {
  Seq low = 1;
  Seq high = standing.head + 1;
  while (low < high) {
    const Seq middle = low + (high - low) / 2;
    auto row = db.query(
        "SELECT seq, sent_at FROM chat_messages WHERE chat_id = $1 AND seq >= $2 "
        "ORDER BY seq LIMIT 1",
        standing.channel.key, middle);
    if (row.next() && row.time(1) < time) {
      low = static_cast<Seq>(row.integer(0)) + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

Result<HistoryPage> read_history(SqlConnection& db, const Actor& actor,
                                 const HistoryRequest& request) {
  const auto standing = require_participant(db, request.chat, actor.key);
  if (!standing) return fail(ErrorCode::forbidden, "no such chat, or you may not read it");
  const ChannelKey chat = standing->channel.key;

  MessageRange range{.chat = chat,
                     .after_seq = request.after_seq,
                     .before_seq = request.before_seq,
                     .before_time = {},
                     .limit = std::clamp(request.limit, 1u, limits::kHistoryLimitMax),
                     .bytes_max = request.bytes_max};
  if (request.before_time) {
    range.before_seq = first_not_before(db, *standing, *request.before_time);
    range.before_time = request.before_time;
  }
  auto found = read_messages(db, range);
  add_reactions(db, chat, actor.key, found.rows);
  const bool small = standing->participants <= limits::kReceiptsParticipantsMax;
  add_receipts(db, {.chat = chat, .with_read_by = request.with_read_by && small}, found.rows);

  HistoryPage page;
  page.more = found.more;
  page.participants = standing->participants;
  page.head = standing->head;
  page.messages.reserve(found.rows.size());
  for (auto& row : found.rows) page.messages.push_back(std::move(row.record));
  return page;
}

}  // namespace kith
