#include "storage/sql_chat_messages.h"

#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_cases.h"
#include "storage/sql_chat_access.h"

namespace kith {
namespace {

Result<StoredMessage> require_standing_message(SqlConnection& db, ChannelKey chat,
                                               const MessageId& message) {
  auto stored = require_message(db, chat, message);
  if (stored && stored->tombstone()) {
    return fail(ErrorCode::conflict, "the message is gone", "message_id");
  }
  return stored;
}

Committed one_event(DurableEvent event) {
  Committed out;
  out.events.push_back(std::move(event));
  return out;
}

void replace_attachments(SqlConnection& db, Position message,
                         const std::vector<Attachment>& attachments) {
  db.execute("DELETE FROM message_attachments WHERE message_id = $1", message);
  for (const auto& attachment : attachments) {
    std::optional<std::string_view> metadata;
    if (!attachment.metadata.empty()) metadata = attachment.metadata;
    db.execute(
        "INSERT INTO message_attachments(message_id, media_id, type, metadata) "
        "VALUES($1, $2, $3, $4)",
        message, attachment.media_id, attachment.type, metadata);
  }
}

bool has_reacted(SqlConnection& db, Position message, UserKey user, const std::string& emoji) {
  auto row = db.query(
      "SELECT 1 FROM message_reactions WHERE message_id = $1 AND user_id = $2 AND emoji = $3",
      message, user, emoji);
  return row.next();
}

// May there be this emoji too? The kinds are counted only where it would be a new one: counting
// goes through all reactions of the message, and the popular ones are found at once.
bool has_room_for(SqlConnection& db, Position message, const std::string& emoji) {
  {
    auto used =
        db.query("SELECT 1 FROM message_reactions WHERE message_id = $1 AND emoji = $2 LIMIT 1",
                 message, emoji);
    if (used.next()) return true;
  }
  auto row = db.query("SELECT COUNT(DISTINCT emoji) FROM message_reactions WHERE message_id = $1",
                      message);
  return row.next() && row.integer(0) < std::int64_t{limits::kReactionEmojisMax};
}

// Who removed a message that is gone: the log's row tells, until it is trimmed.
UserId remover_of(WriteContext& context, const StoredMessage& stored) {
  auto row = context.db.query(
      "SELECT c.public_id FROM channel_log l JOIN channels c ON c.id = l.by_id "
      "WHERE l.message_id = $1 AND l.type = 3",  // a literal: for the partial index
      stored.ref.position);
  return row.next() ? UserId{row.uuid(0)} : stored.sender.id;
}
static_assert(static_cast<int>(EventType::message_delete) == 3);

void audit_removal(SqlConnection& db, const Actor& actor, const DeleteMessage& remove,
                   const StoredMessage& stored) {
  std::string detail;
  JsonWriter(detail)
      .begin_object()
      .field("chat_id", remove.chat)
      .field("message_id", remove.message)
      .field("sender_id", stored.sender.id)
      .field("reason", remove.reason)
      .end_object();
  append_audit(db, {.at = actor.now,
                    .action = "message.remove",
                    .user = actor.key,
                    .detail = std::move(detail)});
}

}  // namespace

Result<Committed> edit_message(WriteContext& context, const Actor& actor, const EditMessage& edit) {
  context.hold(edit.chat);
  const auto standing = require_speaker(context.db, edit.chat, actor);
  if (!standing) return standing.error();
  const auto stored = require_message(context.db, standing->channel.key, edit.message);
  if (!stored) return stored.error();
  if (stored->sender.key != actor.key) {
    return fail(ErrorCode::forbidden, "only its sender may edit a message");
  }
  if (stored->tombstone()) return fail(ErrorCode::conflict, "the message is gone", "message_id");

  context.db.execute("UPDATE chat_messages SET content = $1, edited_at = $2 WHERE position = $3",
                     edit.content.json, actor.now, stored->ref.position);
  replace_attachments(context.db, stored->ref.position, edit.content.attachments);
  context.content_went();
  return one_event(append_log(context, standing->channel,
                              {.type = EventType::message_update,
                               .at = actor.now,
                               .user = reference(actor),
                               .message = stored->ref,
                               .content = edit.content.json}));
}

Result<Committed> remove_message(WriteContext& context, const Actor& actor,
                                 const DeleteMessage& remove) {
  context.hold(remove.chat);
  const auto standing = require_participant(context.db, remove.chat, actor.key);
  if (!standing) return standing.error();
  const auto stored = require_message(context.db, standing->channel.key, remove.message);
  if (!stored) return stored.error();
  const bool own = stored->sender.key == actor.key;
  if (!own && !standing->moderates()) {
    return fail(ErrorCode::forbidden, "only its sender, a moderator or an owner may remove it");
  }
  if (stored->deleted) return Committed{.events = {}, .by = remover_of(context, *stored)};

  take_message_away(context, stored->ref, actor.now);
  if (!own) audit_removal(context.db, actor, remove, *stored);
  Committed out = one_event(append_log(context, standing->channel,
                                       {.type = EventType::message_delete,
                                        .at = actor.now,
                                        .user = stored->sender,
                                        .by = reference(actor),
                                        .message = stored->ref}));
  out.by = actor.user;
  return out;
}

void take_message_away(WriteContext& context, const MessageRef& message, WallTime now) {
  SqlConnection& db = context.db;
  db.execute("UPDATE chat_messages SET content = NULL, deleted_at = $1 WHERE position = $2", now,
             message.position);
  db.execute("DELETE FROM message_attachments WHERE message_id = $1", message.position);
  db.execute("DELETE FROM message_reactions WHERE message_id = $1", message.position);
  context.content_went();
}

Result<Committed> react(WriteContext& context, const Actor& actor, const SetReaction& reaction) {
  context.hold(reaction.chat);
  const auto standing = require_speaker(context.db, reaction.chat, actor);
  if (!standing) return standing.error();
  const auto stored = require_standing_message(context.db, standing->channel.key, reaction.message);
  if (!stored) return stored.error();

  const Position position = stored->ref.position;
  if (has_reacted(context.db, position, actor.key, reaction.emoji) == reaction.add) {
    return Committed{};
  }
  if (reaction.add) {
    if (!has_room_for(context.db, position, reaction.emoji)) {
      return fail(ErrorCode::too_large, "too many different reactions on this message", "emoji");
    }
    context.db.execute(
        "INSERT INTO message_reactions(message_id, user_id, emoji, reacted_at) "
        "VALUES($1, $2, $3, $4)",
        position, actor.key, reaction.emoji, actor.now);
  } else {
    context.db.execute(
        "DELETE FROM message_reactions WHERE message_id = $1 AND user_id = $2 AND emoji = $3",
        position, actor.key, reaction.emoji);
  }
  return one_event(
      append_log(context, standing->channel,
                 {.type = reaction.add ? EventType::reaction_add : EventType::reaction_remove,
                  .at = actor.now,
                  .user = reference(actor),
                  .message = stored->ref,
                  .emoji = reaction.emoji}));
}

Result<MarkedRead> mark_read(WriteContext& context, const Actor& actor, const ChatId& chat,
                             const MessageId& last_read) {
  const auto standing = require_participant(context.db, chat, actor.key);
  if (!standing) return standing.error();
  const auto stored = require_message(context.db, standing->channel.key, last_read);
  if (!stored) return stored.error();
  const auto moved = context.db.execute(
      "UPDATE chat_participants SET last_read_seq = $1, last_read_message_id = $2, "
      "last_read_at = $3 WHERE chat_id = $4 AND user_id = $5 AND last_read_seq < $1",
      stored->seq, stored->ref.position, actor.now, standing->channel.key, actor.key);
  return MarkedRead{.seq = stored->seq, .moved = moved > 0, .participants = standing->participants};
}

Status mark_delivered(WriteContext& context, const std::vector<DeliveredMark>& marks) {
  std::vector<DeliveredRow> rows;
  rows.reserve(marks.size());
  for (const auto& mark : marks) {
    const auto chat = context.channel_key(mark.chat);
    if (!chat) continue;  // the chat went meanwhile
    rows.push_back({.chat = *chat, .user = mark.user, .seq = mark.seq});
  }
  context.db.raise_delivered(rows);
  return Nothing{};
}

Result<ReportId> report_message(WriteContext& context, const Actor& actor,
                                const MessageReport& report) {
  context.hold(report.chat);
  const auto standing = require_participant(context.db, report.chat, actor.key);
  if (!standing) return standing.error();
  const auto stored = require_message(context.db, standing->channel.key, report.message);
  if (!stored) return stored.error();
  {
    auto open = context.db.query(
        "SELECT public_id FROM message_reports "
        "WHERE message_id = $1 AND reporter_id = $2 AND status = 'open'",
        stored->ref.position, actor.key);
    if (open.next()) return ReportId{open.uuid(0)};
  }
  add_report(context, actor,
             {.id = report.id,
              .chat = standing->channel,
              .message = stored->ref,
              .reason = report.reason});
  return report.id;
}

}  // namespace kith
