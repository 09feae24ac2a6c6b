// The `history` frame: messages in ascending seq, as message.new has them plus what became of them.
#include "engine/engine_impl.h"
#include "engine/replies.h"
#include "protocol/failpoint.h"

namespace kith {

namespace {

// An answer may take kHistoryBytesMax, so few are under way for one session at a time.
constexpr std::uint32_t kHistoryWeight = limits::kCommandsInFlightMax / 4;

void write_message(JsonWriter& writer, const ChatId& chat, const MessageRecord& message) {
  writer.begin_object().field("type", "message.new").field("chat_id", chat);
  writer.field("seq", message.seq).field("message_id", message.message);
  writer.field("client_message_id", message.client_message_id);
  writer.field("sender_id", message.sender);
  writer.key("content").raw(message.content);
  if (message.reply_to) writer.field("reply_to", *message.reply_to);
  writer.field("sent_at", message.sent_at);
  writer.key("edited_at");
  message.edited_at ? writer.time(*message.edited_at) : writer.null();
  writer.key("deleted_at");
  message.deleted_at ? writer.time(*message.deleted_at) : writer.null();
  writer.key("reactions").begin_array();
  for (const auto& reaction : message.reactions) {
    writer.begin_object().field("emoji", reaction.emoji);
    writer.field("count", std::int64_t{reaction.count}).field("me", reaction.me).end_object();
  }
  writer.end_array().field("read_count", std::int64_t{message.read_count}).end_object();
}

}  // namespace

void Engine::Impl::handle(Session& session, ReplyTo to, command::History& history) {
  to.weight = kHistoryWeight;
  session.in_flight += kHistoryWeight;
  HistoryRequest request{.chat = history.chat,
                         .before_seq = history.before_seq,
                         .after_seq = history.after_seq,
                         .limit = history.limit};
  context.ports.chats.history(
      actor(session.identity), request,
      connections.dropping_if_it_throws(session.ref, [this, to = std::move(to), chat = history.chat,
                                                      ascending = history.after_seq.has_value()](
                                                         Result<HistoryPage> page) {
        KITH_FAILPOINT("history_answer");
        if (!page) {
          answer_error(to, page.error());
          return;
        }
        Session* alive = finish_command(to, Outcome::ok);
        if (alive == nullptr) return;
        std::string json;
        JsonWriter writer(json);
        writer.begin_object().field("type", "history");
        if (!to.id.empty()) writer.field("id", to.id);
        writer.field("chat_id", chat).field("seq", page->head);
        writer.key("messages").begin_array();
        for (const MessageRecord& message : page->messages) write_message(writer, chat, message);
        writer.end_array();
        const auto next = [&](const char* name, bool more, bool first) {
          writer.key(name);
          if (!more || page->messages.empty()) {
            writer.null();
          } else {
            const auto& edge = first ? page->messages.front() : page->messages.back();
            writer.integer(static_cast<std::int64_t>(edge.seq));
          }
        };
        if (ascending) {
          next("next_after_seq", page->more, false);
          next("next_before_seq", !page->messages.empty() && page->messages.front().seq > 1, true);
        } else {
          next("next_before_seq", page->more, true);
        }
        writer.end_object();
        write_frame(*alive, json);
      }));
}

}  // namespace kith
