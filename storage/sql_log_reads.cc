#include "storage/sql_log_reads.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "storage/sql_channel_access.h"

namespace kith {
namespace {

// What a frame takes beside its content, about: ids, names of fields, times.
constexpr std::size_t kFrameBytesBesideContent = 220;

Error no_such_channel() {
  return fail(ErrorCode::forbidden, "no such channel, or not in it");
}

struct ChannelRow {
  ChannelKey key{};
  Seq head = 0;
  Seq trimmed = 0;
};

std::optional<ChannelRow> find_channel(SqlConnection& db, const ChannelId& channel) {
  auto rows =
      db.query("SELECT id, last_seq, trimmed_seq FROM channels WHERE public_id = $1 AND kind = $2",
               channel.uuid, static_cast<int>(channel.kind));
  if (!rows.next()) return std::nullopt;
  return ChannelRow{.key = ChannelKey{rows.integer(0)},
                    .head = static_cast<Seq>(rows.integer(1)),
                    .trimmed = static_cast<Seq>(rows.integer(2))};
}

Head read_head(const SqlCursor& rows) {
  return {.channel = ChannelId(static_cast<IdKind>(rows.integer(0)), rows.uuid(1)),
          .seq = static_cast<Seq>(rows.integer(2))};
}

// Of those that there are. One statement each costs nothing where the database is in the process.
std::vector<Head> heads_of(SqlConnection& db, const std::vector<ChannelId>& channels) {
  std::vector<Head> heads;
  if (!db.is_shared()) {
    for (const ChannelId& channel : channels) {
      const auto row = find_channel(db, channel);
      if (row) heads.push_back({.channel = channel, .seq = row->head});
    }
  } else if (!channels.empty()) {
    std::string ids;
    for (const ChannelId& channel : channels) {
      ids += fmt::format("{}{:02x}", ids.empty() ? '{' : ',', fmt::join(channel.uuid, ""));
    }
    ids += '}';
    auto rows = db.query(
        "SELECT kind, public_id, last_seq FROM channels"
        " WHERE public_id = ANY(CAST(CAST($1 AS text) AS uuid[]))",
        ids);
    while (rows.next()) heads.push_back(read_head(rows));
  }
  return heads;
}

std::string content_of_now(const SqlCursor& rows, int gone, int content) {
  if (rows.integer(gone) != 0 || rows.is_null(content)) return std::string(kTombstoneJson);
  return std::string(rows.text(content));
}

template <typename IdType>
std::optional<IdType> maybe_id(const SqlCursor& rows, int column) {
  if (rows.is_null(column)) return std::nullopt;
  return IdType{rows.uuid(column)};
}

// One of the two halves of the log, a row ahead.
class LoggedMessages {
 public:
  LoggedMessages(SqlConnection& db, ChannelKey chat, Seq after, std::uint32_t limit)
      : rows_(db.query("SELECT m.seq, m.sent_at, s.public_id, m.id, r.id, m.client_message_id,"
                       " m.deleted_at IS NOT NULL OR m.moderation_status <> 0, m.content"
                       " FROM chat_messages m JOIN channels s ON s.id = m.sender_id"
                       " LEFT JOIN chat_messages r ON r.position = m.reply_to"
                       " WHERE m.chat_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3",
                       chat, after, limit)) {
    advance();
  }
  Seq seq() const { return seq_; }  // 0: at the end
  void advance() { seq_ = rows_.next() ? static_cast<Seq>(rows_.integer(0)) : 0; }
  DurableEvent event() const {
    DurableEvent event;
    event.type = EventType::message_new;
    event.seq = seq_;
    event.at = rows_.time(1);
    event.user = UserId{rows_.uuid(2)};
    event.message = MessageId{rows_.uuid(3)};
    event.reply_to = maybe_id<MessageId>(rows_, 4);
    event.client_message_id = rows_.text(5);
    event.content = content_of_now(rows_, 6, 7);
    return event;
  }

 private:
  SqlCursor rows_;
  Seq seq_ = 0;
};

class LogRows {
 public:
  LogRows(SqlConnection& db, ChannelKey channel, Seq after, std::uint32_t limit)
      : rows_(
            db.query("SELECT l.seq, l.at, l.type, u.public_id, b.public_id, m.id, l.code, l.until,"
                     " l.detail, m.deleted_at IS NOT NULL OR m.moderation_status <> 0, m.content"
                     " FROM channel_log l LEFT JOIN channels u ON u.id = l.user_id"
                     " LEFT JOIN channels b ON b.id = l.by_id"
                     " LEFT JOIN chat_messages m ON m.position = l.message_id"
                     " WHERE l.channel_id = $1 AND l.seq > $2 ORDER BY l.seq LIMIT $3",
                     channel, after, limit)) {
    advance();
  }
  Seq seq() const { return seq_; }
  void advance() { seq_ = rows_.next() ? static_cast<Seq>(rows_.integer(0)) : 0; }
  DurableEvent event() const {
    DurableEvent event;
    event.type = static_cast<EventType>(rows_.integer(2));
    event.seq = seq_;
    event.at = rows_.time(1);
    event.user = maybe_id<UserId>(rows_, 3);
    event.by = maybe_id<UserId>(rows_, 4);
    event.message = maybe_id<MessageId>(rows_, 5);
    event.until = rows_.maybe_time(7);
    set_by_type(event);
    return event;
  }

 private:
  void set_by_type(DurableEvent& event) const {
    switch (event.type) {
      case EventType::message_update:
        event.content = content_of_now(rows_, 9, 10);
        break;
      case EventType::reaction_add:
      case EventType::reaction_remove:
        event.emoji = rows_.text(8);
        break;
      case EventType::participant_join:
        event.role = static_cast<ParticipantRole>(rows_.integer(6));
        break;
      case EventType::system_moderation:
        event.action = static_cast<command::ModerationAction>(rows_.integer(6));
        event.reason = rows_.text(8);
        break;
      case EventType::session_revoked:
      case EventType::notification_new:
      case EventType::notification_read:
      case EventType::score_updated:
      case EventType::streak_updated:
      case EventType::badge_earned:
      case EventType::club_broadcast:
      case EventType::club_post:
      case EventType::event_updated:
      case EventType::rsvp_updated:
      case EventType::club_member:
      case EventType::club_leave:
      case EventType::event_leave:
      case EventType::club_updated:
      case EventType::app_event:
      case EventType::feed_item:
      case EventType::icebreaker_prompt:
      case EventType::user_updated:
        event.payload = rows_.text(8);
        break;
      case EventType::message_new:
      case EventType::message_delete:
      case EventType::participant_leave:
        break;
    }
  }

  SqlCursor rows_;
  Seq seq_ = 0;
};

std::size_t bytes_of(const DurableEvent& event) {
  return kFrameBytesBesideContent + event.content.size() + event.payload.size() +
         event.reason.size() + event.client_message_id.size();
}

}  // namespace

Result<Attached> attach_to_channel(SqlConnection& db, const ChannelId& channel, UserKey user) {
  const auto row = find_channel(db, channel);
  const auto reader = row ? find_channel_reader(db, channel, row->key, user) : std::nullopt;
  if (!reader) return no_such_channel();
  Attached attached{.key = row->key,
                    .head = row->head,
                    .role = reader->role,
                    .receipts = {},
                    .muted_until = reader->muted_until,
                    .blocked = reader->blocked};
  if (!channel.is_chat()) return attached;
  {
    auto rows = db.query("SELECT participant_count FROM chat_chats WHERE id = $1", row->key);
    if (rows.next()) attached.participants = static_cast<std::uint32_t>(rows.integer(0));
  }
  if (attached.participants > limits::kReceiptsParticipantsMax) return attached;
  auto rows = db.query(
      "SELECT c.public_id, p.last_read_seq FROM chat_participants p"
      " JOIN channels c ON c.id = p.user_id WHERE p.chat_id = $1 AND p.status = 0"
      " ORDER BY p.user_id",
      row->key);
  while (rows.next()) {
    attached.receipts.push_back(
        {.user = UserId{rows.uuid(0)}, .last_read_seq = static_cast<Seq>(rows.integer(1))});
  }
  return attached;
}

Result<Page> read_page(SqlConnection& db, const PageRequest& request) {
  const auto channel = find_channel(db, request.channel);
  if (!channel) return no_such_channel();
  if (request.reader && !find_channel_reader(db, request.channel, channel->key, *request.reader)) {
    return no_such_channel();
  }
  Page page{.events = {}, .head = channel->head};
  if (request.after < channel->trimmed) page.trimmed_to = channel->trimmed;
  const Seq from = std::max(request.after, channel->trimmed);
  LoggedMessages messages(db, channel->key, from, request.events_max);
  LogRows others(db, channel->key, from, request.events_max);
  std::size_t bytes = 0;
  for (Seq seq = from + 1; seq <= channel->head && page.events.size() < request.events_max; ++seq) {
    const bool is_message = messages.seq() == seq;
    if (!is_message && others.seq() != seq) {
      return fail(ErrorCode::internal, "the log has a hole at " + std::to_string(seq));
    }
    DurableEvent event = is_message ? messages.event() : others.event();
    event.channel = request.channel;
    bytes += bytes_of(event);
    if (bytes > request.bytes_max && !page.events.empty()) break;
    page.events.push_back(std::move(event));
    is_message ? messages.advance() : others.advance();
  }
  return page;
}

Result<Measure> measure_missed(SqlConnection& db, const ChannelId& channel_id, Seq after) {
  const auto channel = find_channel(db, channel_id);
  if (!channel) return no_such_channel();
  Measure measure;
  if (after >= channel->head) return measure;
  measure.events = channel->head - after;
  if (measure.events > limits::kReplayEventsMax) {  // too many, however small
    measure.bytes = limits::kReplayBytesMax + 1;
    return measure;
  }
  auto rows = db.query(
      "SELECT octet_length(content) + octet_length(client_message_id) FROM chat_messages"
      " WHERE chat_id = $1 AND seq > $2"
      " UNION ALL SELECT coalesce(octet_length(l.detail), 0)"
      " + CASE WHEN l.type = 2 THEN coalesce(octet_length(m.content), 0) ELSE 0 END"
      " FROM channel_log l LEFT JOIN chat_messages m ON m.position = l.message_id"
      " WHERE l.channel_id = $1 AND l.seq > $2",
      channel->key, after);
  while (measure.bytes <= limits::kReplayBytesMax && rows.next()) {
    measure.bytes += kFrameBytesBesideContent + static_cast<std::size_t>(rows.integer(0));
  }
  return measure;
}

Result<Heads> find_heads(SqlConnection& db, std::optional<Position> position,
                         const AskedChannels& asked) {
  Heads found;
  found.position = db.settled_position();
  if (!position) return found;
  if (look_at_each(asked, *position, found)) {
    found.heads = heads_of(db, *asked);
    return found;
  }
  // The end, which bounds nothing, tells a plan that is made for any position that this is a piece
  // of the log and not a third of it.
  auto rows = db.query(
      "SELECT c.kind, c.public_id, c.last_seq FROM (SELECT DISTINCT chat_id AS id"
      " FROM chat_messages WHERE position > $1 AND position <= $2 UNION SELECT channel_id"
      " FROM channel_log WHERE position > $1 AND position <= $2) x JOIN channels c ON c.id = x.id",
      *position, std::numeric_limits<std::int64_t>::max());
  while (rows.next()) found.heads.push_back(read_head(rows));
  return found;
}

}  // namespace kith
