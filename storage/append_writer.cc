#include "storage/append_writer.h"

#include <sodium.h>

#include <cstring>

namespace kith {
namespace {

Position to_position(std::int64_t value) {
  return static_cast<Position>(value);
}

}  // namespace

MessageDigest message_digest(const DigestKey& key, const Append& append) {
  static_assert(crypto_shorthash_siphashx24_BYTES == std::tuple_size_v<MessageDigest>);
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == std::tuple_size_v<DigestKey>);
  std::string_view meaning = append.content.json;
  std::string with_reply;
  if (append.reply_to) {
    // Canonical JSON is one object: what follows its closing brace cannot be part of it.
    with_reply.reserve(meaning.size() + append.reply_to->uuid.size());
    with_reply = meaning;
    with_reply.append(append.reply_to->uuid.begin(), append.reply_to->uuid.end());
    meaning = with_reply;
  }
  MessageDigest digest{};
  crypto_shorthash_siphashx24(digest.data(), reinterpret_cast<const unsigned char*>(meaning.data()),
                              meaning.size(), key.data());
  return digest;
}

AppendWriter::AppendWriter(WriteContext& context, SqliteConnection& connection)
    : context_(context), connection_(connection) {}

void AppendWriter::run(AppendJob& job) {
  context_.begin_job();
  job.outcome = append(job);
}

Result<Appended> AppendWriter::append(const AppendJob& job) {
  const Append& append = job.append;
  const auto chat = context_.channel_key(append.chat);
  const SendRight right = chat ? context_.send_right(*chat, append.sender_key) : SendRight{};
  if (!right.participant) return fail(ErrorCode::forbidden, "no such chat, or not in it");
  const bool muted = right.muted_until_ms > append.sent_at.time_since_epoch().count();
  // What a mute came after stays sent: its repeat is answered as anybody's.
  if (muted || recent_.seen(job.append)) {
    if (auto known = original(job, *chat)) return std::move(*known);
  }
  if (muted) return fail(ErrorCode::forbidden, "muted");
  std::optional<Position> reply_to;
  if (append.reply_to) {
    auto rows =
        connection_.query("SELECT position FROM chat_messages WHERE id = $1 AND chat_id = $2",
                          append.reply_to->uuid, *chat);
    if (!rows.next()) {
      // A repeat that names another message to reply to contradicts its original.
      if (auto known = original(job, *chat)) return std::move(*known);
      return fail(ErrorCode::not_found, "reply_to is no message of this chat", "reply_to");
    }
    reply_to = to_position(rows.integer(0));
  }
  return insert(job, *chat, reply_to);
}

Result<Appended> AppendWriter::insert(const AppendJob& job, ChannelKey chat,
                                      std::optional<Position> reply_to) {
  const Append& append = job.append;
  Appended appended;
  appended.seq = context_.next_seq(chat);
  appended.position = context_.next_position();
  appended.message = append.message;
  appended.sent_at = append.sent_at;
  connection_.execute(
      "INSERT INTO chat_messages(position, chat_id, seq, sender_id, sent_at, reply_to, id,"
      " client_message_id, first_digest, content) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      appended.position, chat, appended.seq, append.sender_key, append.sent_at, reply_to,
      append.message.uuid, append.client_message_id, job.digest, append.content.json);
  if (connection_.failure() && connection_.failure()->kind == SqlFailureKind::unique_violation &&
      connection_.in_transaction()) {
    ++violations_;
    connection_.clear_failure();
    context_.undo_job();
    if (auto known = original(job, chat)) return std::move(*known);
    return fail(ErrorCode::internal, "the message's id is taken");
  }
  for (const Attachment& attachment : append.content.attachments) {
    const auto metadata = attachment.metadata.empty()
                              ? std::nullopt
                              : std::optional<std::string_view>(attachment.metadata);
    connection_.execute(
        "INSERT INTO message_attachments(message_id, media_id, type, metadata)"
        " VALUES($1, $2, $3, $4)",
        appended.position, attachment.media_id, attachment.type, metadata);
  }
  return appended;
}

std::optional<Result<Appended>> AppendWriter::original(const AppendJob& job, ChannelKey chat) {
  auto rows = connection_.query(
      "SELECT position, seq, id, sent_at, first_digest FROM chat_messages"
      " WHERE client_message_id = $1 AND sender_id = $2 AND chat_id = $3",
      job.append.client_message_id, job.append.sender_key, chat);
  if (!rows.next()) return std::nullopt;
  const std::string_view digest = rows.text(4);
  if (digest.size() != job.digest.size() ||
      std::memcmp(digest.data(), job.digest.data(), digest.size()) != 0) {
    return Result<Appended>(fail(ErrorCode::conflict,
                                 "this client_message_id was sent with another content",
                                 "client_message_id"));
  }
  return Result<Appended>(Appended{.seq = static_cast<Seq>(rows.integer(1)),
                                   .position = to_position(rows.integer(0)),
                                   .message = MessageId{rows.uuid(2)},
                                   .sent_at = rows.time(3),
                                   .duplicate = true});
}

}  // namespace kith
