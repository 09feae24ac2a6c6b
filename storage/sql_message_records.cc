#include "storage/sql_message_records.h"

#include <algorithm>
#include <limits>
#include <string>

#include "protocol/content.h"

namespace kith {
namespace {

#define KITH_MESSAGE_COLUMNS                                                                     \
  "SELECT m.position, m.seq, m.id, m.client_message_id, m.sender_id, s.public_id, "              \
  "CASE WHEN m.moderation_status = 0 THEN m.content END, m.sent_at, m.edited_at, m.deleted_at, " \
  "r.id FROM chat_messages m JOIN channels s ON s.id = m.sender_id "                             \
  "LEFT JOIN chat_messages r ON r.position = m.reply_to "

constexpr const char* kBefore = KITH_MESSAGE_COLUMNS
    "WHERE m.chat_id = $1 AND m.seq < $2 AND m.sent_at < $3 ORDER BY m.seq DESC LIMIT $4";
constexpr const char* kAfter = KITH_MESSAGE_COLUMNS
    "WHERE m.chat_id = $1 AND m.seq > $2 AND m.sent_at < $3 ORDER BY m.seq LIMIT $4";
#undef KITH_MESSAGE_COLUMNS

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
// About what a message takes on the wire beside its content: names, ids, times, counts.
constexpr std::size_t kEnvelopeBytes = 400;

// A seq from outside may be greater than any that is stored.
std::int64_t bound_of(std::optional<Seq> seq) {
  return static_cast<std::int64_t>(std::min(seq.value_or(kNoLimit), static_cast<Seq>(kNoLimit)));
}

MessageRow read_row(const SqlCursor& row) {
  MessageRow out;
  out.position = static_cast<Position>(row.integer(0));
  out.sender = UserKey{row.integer(4)};
  out.tombstone = row.is_null(6);
  auto& record = out.record;
  record.seq = static_cast<Seq>(row.integer(1));
  record.message = MessageId{row.uuid(2)};
  record.client_message_id = row.text(3);
  record.sender = UserId{row.uuid(5)};
  record.content = out.tombstone ? kTombstoneJson : row.text(6);
  record.sent_at = row.time(7);
  record.edited_at = row.maybe_time(8);
  record.deleted_at = row.maybe_time(9);
  if (!row.is_null(10)) record.reply_to = MessageId{row.uuid(10)};
  return out;
}

// How far everybody in a chat has read, and been written to.
struct Mark {
  UserKey user{};
  Seq read = 0;
  Seq delivered = 0;  // never less than read
  UserId id;          // only where asked for
};

constexpr const char* kMarks =
    "SELECT p.user_id, p.last_read_seq, p.delivered_seq FROM chat_participants p "
    "WHERE p.chat_id = $1 AND p.status = 0 ORDER BY p.user_id";
constexpr const char* kMarksWithIds =
    "SELECT p.user_id, p.last_read_seq, p.delivered_seq, c.public_id FROM chat_participants p "
    "JOIN channels c ON c.id = p.user_id WHERE p.chat_id = $1 AND p.status = 0 ORDER BY p.user_id";

std::vector<Mark> read_marks(SqlConnection& db, const ReceiptsRequest& request) {
  std::vector<Mark> out;
  auto rows = db.query(request.with_read_by ? kMarksWithIds : kMarks, request.chat);
  while (rows.next()) {
    Mark mark{.user = UserKey{rows.integer(0)},
              .read = static_cast<Seq>(rows.integer(1)),
              .delivered = static_cast<Seq>(rows.integer(2)),
              .id = {}};
    mark.delivered = std::max(mark.delivered, mark.read);
    if (request.with_read_by) mark.id = UserId{rows.uuid(3)};
    out.push_back(mark);
  }
  return out;
}

const Mark* find_mark(const std::vector<Mark>& marks, UserKey user) {
  const auto found =
      std::lower_bound(marks.begin(), marks.end(), user,
                       [](const Mark& mark, UserKey key) { return mark.user < key; });
  return found != marks.end() && found->user == user ? &*found : nullptr;
}

std::vector<Seq> sorted(const std::vector<Mark>& marks, Seq Mark::*member) {
  std::vector<Seq> out;
  out.reserve(marks.size());
  for (const auto& mark : marks) out.push_back(mark.*member);
  std::sort(out.begin(), out.end());
  return out;
}

std::uint32_t count_from(const std::vector<Seq>& sorted_seqs, Seq seq) {
  return static_cast<std::uint32_t>(sorted_seqs.end() -
                                    std::lower_bound(sorted_seqs.begin(), sorted_seqs.end(), seq));
}

}  // namespace

MessageRows read_messages(SqlConnection& db, const MessageRange& range) {
  MessageRows out;
  const std::int64_t bound = bound_of(range.after_seq ? range.after_seq : range.before_seq);
  const std::int64_t until =
      range.before_time ? range.before_time->time_since_epoch().count() : kNoLimit;
  const std::int64_t rows_max = std::int64_t{range.limit} + 1;  // one more tells whether there are
  auto rows = db.query(range.after_seq ? kAfter : kBefore, range.chat, bound, until, rows_max);
  std::size_t bytes = 0;
  while (rows.next()) {
    auto row = read_row(rows);
    bytes += row.record.content.size() + kEnvelopeBytes;
    if (out.rows.size() == range.limit || (!out.rows.empty() && bytes > range.bytes_max)) {
      out.more = true;
      break;
    }
    out.rows.push_back(std::move(row));
  }
  if (!range.after_seq) std::reverse(out.rows.begin(), out.rows.end());
  return out;
}

void add_reactions(SqlConnection& db, ChannelKey chat, UserKey reader,
                   std::vector<MessageRow>& rows) {
  if (rows.empty()) return;
  auto counts = db.query(
      "SELECT m.seq, r.emoji, COUNT(*), MAX(CASE WHEN r.user_id = $1 THEN 1 ELSE 0 END) "
      "FROM chat_messages m JOIN message_reactions r ON r.message_id = m.position "
      "WHERE m.chat_id = $2 AND m.seq BETWEEN $3 AND $4 "
      "GROUP BY m.seq, r.emoji ORDER BY m.seq, MIN(r.id)",
      reader, chat, rows.front().record.seq, rows.back().record.seq);
  auto row = rows.begin();
  while (counts.next()) {
    const auto seq = static_cast<Seq>(counts.integer(0));
    while (row != rows.end() && row->record.seq < seq) ++row;
    if (row == rows.end() || row->record.seq != seq || row->tombstone) continue;
    row->record.reactions.push_back({.emoji = std::string(counts.text(1)),
                                     .count = static_cast<std::uint32_t>(counts.integer(2)),
                                     .me = counts.integer(3) != 0});
  }
}

void add_receipts(SqlConnection& db, const ReceiptsRequest& request,
                  std::vector<MessageRow>& rows) {
  if (rows.empty()) return;
  const auto marks = read_marks(db, request);
  const auto reads = sorted(marks, &Mark::read);
  const auto deliveries = sorted(marks, &Mark::delivered);
  for (auto& row : rows) {
    auto& record = row.record;
    record.others = static_cast<std::uint32_t>(marks.size());
    record.read_count = count_from(reads, record.seq);
    record.delivered_count = count_from(deliveries, record.seq);
    if (const Mark* own = find_mark(marks, row.sender)) {
      --record.others;
      if (own->read >= record.seq) --record.read_count;
      if (own->delivered >= record.seq) --record.delivered_count;
    }
    if (!request.with_read_by) continue;
    for (const auto& mark : marks) {
      if (mark.user != row.sender && mark.read >= record.seq) record.read_by.push_back(mark.id);
    }
  }
}

}  // namespace kith
