#include "protocol/json_writer.h"
#include "tests/fuzz/command_oracle.h"

namespace kith::fuzz {
namespace {

using namespace kith::command;

class Writer {
 public:
  explicit Writer(std::string_view type) : json_(out_) { json_.begin_object().field("type", type); }

  template <typename Value>
  Writer& put(std::string_view name, const Value& value) {
    json_.field(name, value);
    return *this;
  }
  template <typename Value>
  Writer& maybe(std::string_view name, const std::optional<Value>& value) {
    if (value) json_.field(name, *value);
    return *this;
  }
  JsonWriter& json() { return json_; }
  std::string done() {
    json_.end_object();
    return std::move(out_);
  }

 private:
  std::string out_;
  JsonWriter json_;
};

std::string write(Writer writer, const ConnectionInit& init) {
  writer.put("token", init.token).put("client", init.client).put("epoch", init.epoch);
  writer.json().key("resume").begin_object();
  for (const ResumeEntry& entry : init.resume) {
    // The key is the client's own text: it is escaped as a string is.
    std::string key;
    append_json_escaped(key, entry.text);
    writer.json().field(key, entry.after);
  }
  writer.json().end_object().key("follow").begin_array();
  if (init.follow_chats) writer.json().string("chats");
  if (init.follow_clubs) writer.json().string("clubs");
  if (init.follow_events) writer.json().string("events");
  writer.json().end_array();
  return writer.done();
}
std::string write(Writer writer, const ConnectionRefresh& refresh) {
  return writer.put("token", refresh.token).done();
}
std::string write(Writer writer, const Subscribe& subscribe) {
  return writer.put("channel", subscribe.channel)
      .maybe("after_seq", subscribe.after_seq)
      .put("presence", subscribe.presence)
      .done();
}
std::string write(Writer writer, const Unsubscribe& unsubscribe) {
  return writer.put("channel", unsubscribe.channel).done();
}
std::string write(Writer writer, const MessageNew& message) {
  writer.put("chat_id", message.chat).put("client_message_id", message.client_message_id);
  writer.json().key("content").raw(message.content.json);
  return writer.maybe("reply_to", message.reply_to).done();
}
std::string write(Writer writer, const MessageUpdate& update) {
  writer.put("chat_id", update.chat).put("message_id", update.message);
  writer.json().key("content").raw(update.content.json);
  return writer.done();
}
std::string write(Writer writer, const MessageDelete& removal) {
  return writer.put("chat_id", removal.chat)
      .put("message_id", removal.message)
      .put("reason", removal.reason)
      .done();
}
std::string write(Writer writer, const Reaction& reaction) {
  return writer.put("chat_id", reaction.chat)
      .put("message_id", reaction.message)
      .put("emoji", reaction.emoji)
      .done();
}
std::string write(Writer writer, const Moderation& moderation) {
  return writer.put("chat_id", moderation.chat)
      .put("action", to_string(moderation.action))
      .maybe("message_id", moderation.message)
      .maybe("user_id", moderation.user)
      .put("reason", moderation.reason)
      .maybe("until", moderation.until)
      .done();
}
std::string write(Writer writer, const Typing& typing) {
  return writer.put("chat_id", typing.chat).done();
}
std::string write(Writer writer, const DeliveryRead& read) {
  return writer.put("chat_id", read.chat).put("last_read_message_id", read.last_read).done();
}
std::string write(Writer writer, const History& history) {
  return writer.put("chat_id", history.chat)
      .maybe("before_seq", history.before_seq)
      .maybe("after_seq", history.after_seq)
      .put("limit", std::uint64_t{history.limit})
      .done();
}
std::string write(Writer writer, const Presence& presence) {
  return writer.put("channel", presence.channel).done();
}
std::string write(Writer writer, const Leaderboard& leaderboard) {
  return writer.put("channel", leaderboard.channel)
      .put("around_me", leaderboard.around_me)
      .put("limit", std::uint64_t{leaderboard.limit})
      .done();
}
std::string write(Writer writer, const Ping&) {
  return writer.done();
}
std::string write(Writer writer, const Console& console) {
  return writer.put("watch", console.watch).done();
}

}  // namespace

std::string write_command(const Command& command) {
  const std::string_view type = command_name(command);
  return std::visit([type](const auto& each) { return write(Writer(type), each); }, command);
}

}  // namespace kith::fuzz
