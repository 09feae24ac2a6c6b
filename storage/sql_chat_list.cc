#include "storage/sql_chat_list.h"

#include <algorithm>

#include "storage/sql_chat_access.h"
#include "storage/sql_chat_cursor.h"
#include "storage/sql_message_records.h"

namespace kith {
namespace {

void add_unread_count(SqlConnection& db, UserKey reader, const Standing& standing,
                      ChatRecord& record) {
  auto row = db.query(
      "SELECT COUNT(*) FROM (SELECT sender_id, deleted_at, moderation_status FROM chat_messages "
      "WHERE chat_id = $1 AND seq > $2 ORDER BY seq DESC LIMIT $3) newest "
      "WHERE sender_id <> $4 AND deleted_at IS NULL AND moderation_status = 0",
      standing.channel.key, standing.last_read_seq, limits::kUnreadCountMax, reader);
  if (row.next()) record.unread_count = static_cast<std::uint64_t>(row.integer(0));
}

struct Preview {
  bool with_receipts = true;
};
void add_last_message(SqlConnection& db, UserKey reader, const Standing& standing, Preview preview,
                      ChatRecord& record) {
  const ChannelKey chat = standing.channel.key;
  auto found = read_messages(db, {.chat = chat,
                                  .after_seq = {},
                                  .before_seq = {},
                                  .before_time = {},
                                  .limit = 1,
                                  .bytes_max = limits::kHistoryBytesMax});
  if (found.rows.empty()) return;
  add_reactions(db, chat, reader, found.rows);
  if (preview.with_receipts) add_receipts(db, {.chat = chat, .with_read_by = false}, found.rows);
  record.last_message = std::move(found.rows.front().record);
}

// What get and list share.
Result<ChatRecord> read_record(SqlConnection& db, UserKey reader, const Standing& standing,
                               Preview preview) {
  ChatRecord out{.id = standing.channel.id.chat(),
                 .type = standing.type,
                 .name = {},
                 .created_at = {},
                 .head = standing.head,
                 .participant_count = standing.participants,
                 .participants = {},
                 .role = standing.role,
                 .last_read_seq = standing.last_read_seq,
                 .unread_count = 0,
                 .last_message = {}};
  {
    auto row =
        db.query("SELECT name, created_at FROM chat_chats WHERE id = $1", standing.channel.key);
    if (!row.next()) return fail(ErrorCode::not_found, "no such chat");
    out.name = row.text(0);
    out.created_at = row.time(1);
  }
  add_unread_count(db, reader, standing, out);
  add_last_message(db, reader, standing, preview, out);
  return out;
}

Participant read_participant(const SqlCursor& row) {
  return {.user = UserId{row.uuid(0)},
          .role = static_cast<ParticipantRole>(row.integer(1)),
          .display_name = std::string(row.text(2)),
          .last_read_seq = static_cast<Seq>(row.integer(3))};
}

// The reader first, then the others by their keys: no more rows are read than are shown.
void add_participants(SqlConnection& db, UserKey reader, ChannelKey chat, ChatRecord& record) {
  auto own = db.query(
      "SELECT c.public_id, p.role, u.display_name, p.last_read_seq "
      "FROM chat_participants p JOIN users u ON u.id = p.user_id "
      "JOIN channels c ON c.id = p.user_id WHERE p.chat_id = $1 AND p.user_id = $2",
      chat, reader);
  if (own.next()) record.participants.push_back(read_participant(own));
  auto others = db.query(
      "SELECT c.public_id, p.role, u.display_name, p.last_read_seq "
      "FROM chat_participants p JOIN users u ON u.id = p.user_id "
      "JOIN channels c ON c.id = p.user_id "
      "WHERE p.chat_id = $1 AND p.user_id <> $2 AND p.status = 0 ORDER BY p.user_id LIMIT $3",
      chat, reader, limits::kReceiptsParticipantsMax - 1);
  while (others.next()) record.participants.push_back(read_participant(others));
}

struct ListedChat {
  ChatPlace place;
  ChatId id;
};

// All chats of a user, newest activity first. Positions are those of the last message and of the
// last other event; of the two the later counts.
std::vector<ListedChat> ordered_chats(SqlConnection& db, UserKey user) {
  std::vector<ListedChat> out;
  auto rows = db.query(
      "SELECT p.chat_id, c.public_id, "
      "(SELECT m.position FROM chat_messages m WHERE m.chat_id = p.chat_id "
      "ORDER BY m.seq DESC LIMIT 1), "
      "(SELECT l.position FROM channel_log l WHERE l.channel_id = p.chat_id "
      "ORDER BY l.seq DESC LIMIT 1) "
      "FROM chat_participants p JOIN channels c ON c.id = p.chat_id "
      "WHERE p.user_id = $1 AND p.status = 0",
      user);
  while (rows.next()) {
    const std::int64_t activity =
        std::max(rows.maybe_integer(2).value_or(0), rows.maybe_integer(3).value_or(0));
    out.push_back({.place = {.activity = static_cast<Position>(activity),
                             .chat = ChannelKey{rows.integer(0)}},
                   .id = ChatId{rows.uuid(1)}});
  }
  std::sort(out.begin(), out.end(), [](const ListedChat& left, const ListedChat& right) {
    return left.place > right.place;
  });
  return out;
}

}  // namespace

Result<ChatRecord> read_chat(SqlConnection& db, UserKey reader, const ChatId& chat) {
  const auto standing = require_participant(db, chat, reader);
  if (!standing) return standing.error();
  auto record = read_record(db, reader, *standing, {.with_receipts = true});
  if (record) add_participants(db, reader, standing->channel.key, *record);
  return record;
}

Result<ChatList> list_chats(SqlConnection& db, const Actor& actor,
                            const std::optional<std::string>& cursor, std::uint32_t limit) {
  const std::size_t count = std::clamp(limit, 1u, limits::kChatListMax);
  auto chats = ordered_chats(db, actor.key);
  auto from = chats.begin();
  if (cursor) {
    const auto after = parse_chat_cursor(db, actor.key, *cursor);
    if (!after) return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    from = std::find_if(chats.begin(), chats.end(),
                        [&](const ListedChat& chat) { return chat.place < *after; });
  }
  ChatList out;
  for (; from != chats.end() && out.chats.size() < count; ++from) {
    const auto standing = require_participant(db, from->id, actor.key);
    if (!standing) continue;  // one snapshot: this does not happen but in a failure
    auto record =
        read_record(db, actor.key, *standing,
                    {.with_receipts = standing->participants <= limits::kReceiptsParticipantsMax});
    if (!record) return record.error();
    out.chats.push_back(std::move(*record));
  }
  if (from != chats.end() && from != chats.begin()) {
    out.next_cursor = make_chat_cursor(db, actor.key, std::prev(from)->place);
  }
  return out;
}

std::vector<ChatId> list_followable(SqlConnection& db, UserKey user, std::uint32_t limit) {
  std::vector<ChatId> out;
  for (const auto& chat : ordered_chats(db, user)) {
    if (out.size() == limit) break;
    out.push_back(chat.id);
  }
  return out;
}

}  // namespace kith
