#include "storage/sql_chat_access.h"

namespace kith {

Result<Standing> require_participant(SqlConnection& db, const ChatId& chat, UserKey user) {
  auto row = db.query(
      "SELECT c.id, h.type, h.participant_count, p.role, p.muted_until, p.last_read_seq, "
      "c.last_seq "
      "FROM channels c JOIN chat_chats h ON h.id = c.id "
      "JOIN chat_participants p ON p.chat_id = c.id "
      "WHERE c.public_id = $1 AND c.kind = $2 AND p.user_id = $3 AND p.status = 0",
      chat, static_cast<int>(IdKind::chat), user);
  if (!row.next()) return fail(ErrorCode::not_found, "no such chat");
  return Standing{.channel = {.key = ChannelKey{row.integer(0)}, .id = chat},
                  .type = static_cast<ChatType>(row.integer(1)),
                  .role = static_cast<ParticipantRole>(row.integer(3)),
                  .muted_until = row.maybe_time(4),
                  .participants = static_cast<std::uint32_t>(row.integer(2)),
                  .last_read_seq = static_cast<Seq>(row.integer(5)),
                  .head = static_cast<Seq>(row.integer(6))};
}

Result<Standing> require_speaker(SqlConnection& db, const ChatId& chat, const Actor& actor) {
  auto standing = require_participant(db, chat, actor.key);
  if (standing && standing->muted(actor.now)) {
    return fail(ErrorCode::forbidden, "you are muted in this chat");
  }
  return standing;
}

Result<Standing> require_moderator(SqlConnection& db, const ChatId& chat, UserKey user) {
  auto standing = require_participant(db, chat, user);
  if (standing && !standing->moderates()) {
    return fail(ErrorCode::forbidden, "only moderators and owners may do this");
  }
  return standing;
}

std::optional<ParticipantRow> find_participant(SqlConnection& db, ChannelKey chat, UserKey user) {
  auto row = db.query(
      "SELECT role, status, muted_until, banned_until, mute_under_block FROM chat_participants "
      "WHERE chat_id = $1 AND user_id = $2",
      chat, user);
  if (!row.next()) return std::nullopt;
  ParticipantRow out{.role = static_cast<ParticipantRole>(row.integer(0)),
                     .status = static_cast<ParticipantStatus>(row.integer(1)),
                     .muted_until = row.maybe_time(2),
                     .banned_until = row.maybe_time(3),
                     .mute_under_block = row.maybe_time(4)};
  if (out.status != ParticipantStatus::in) out.role = ParticipantRole::member;
  return out;
}

Result<StoredMessage> require_message(SqlConnection& db, ChannelKey chat,
                                      const MessageId& message) {
  auto row = db.query(
      "SELECT m.position, m.seq, m.sender_id, s.public_id, p.role, m.deleted_at, "
      "m.moderation_status "
      "FROM chat_messages m JOIN channels s ON s.id = m.sender_id "
      "LEFT JOIN chat_participants p "
      "ON p.chat_id = m.chat_id AND p.user_id = m.sender_id AND p.status = 0 "
      "WHERE m.id = $1 AND m.chat_id = $2",
      message, chat);
  if (!row.next()) return fail(ErrorCode::not_found, "no such message", "message_id");
  return StoredMessage{
      .ref = {.position = static_cast<Position>(row.integer(0)), .id = message},
      .seq = static_cast<Seq>(row.integer(1)),
      .sender = {.key = UserKey{row.integer(2)}, .id = UserId{row.uuid(3)}},
      .sender_role = static_cast<ParticipantRole>(row.is_null(4) ? 0 : row.integer(4)),
      .deleted = !row.is_null(5),
      .hidden = static_cast<HiddenBy>(row.integer(6))};
}

std::optional<UserRef> find_live_user(SqlConnection& db, const UserId& user) {
  auto row = db.query(
      "SELECT u.id FROM channels c JOIN users u ON u.id = c.id "
      "WHERE c.public_id = $1 AND c.kind = $2 AND u.deleted_at IS NULL",
      user, static_cast<int>(IdKind::user));
  if (!row.next()) return std::nullopt;
  return UserRef{.key = UserKey{row.integer(0)}, .id = user};
}

Result<Attached> read_access(SqlConnection& db, UserKey user, const ChatId& chat) {
  const auto standing = require_participant(db, chat, user);
  if (!standing) return fail(ErrorCode::forbidden, "no such chat, or you may not read it");
  Attached out{.key = standing->channel.key,
               .head = standing->head,
               .participants = standing->participants,
               .role = standing->role,
               .receipts = {},
               .muted_until = standing->muted_until};
  if (standing->participants > limits::kReceiptsParticipantsMax) return out;
  auto rows = db.query(
      "SELECT c.public_id, p.last_read_seq FROM chat_participants p "
      "JOIN channels c ON c.id = p.user_id WHERE p.chat_id = $1 AND p.status = 0 "
      "ORDER BY p.user_id",
      standing->channel.key);
  out.receipts.reserve(standing->participants);
  while (rows.next()) {
    out.receipts.push_back(
        {.user = UserId{rows.uuid(0)}, .last_read_seq = static_cast<Seq>(rows.integer(1))});
  }
  return out;
}

}  // namespace kith
