#include "engine/replies.h"

#include "engine/connections.h"

namespace kith {

void write_frame(Session& session, std::string_view json) {
  std::string frame;
  append_text_frame(frame, json);
  session.sink->write(frame);
}

void write_error(Context& context, Session& session, const ErrorFrame& error) {
  std::string json;
  append_error_json(json, error);
  write_frame(session, json);
  context.connections->note_error(session);
}

void note_refusal(const Context& context, const Session& session, std::string_view frame,
                  ErrorCode code) {
  if (code != ErrorCode::forbidden && code != ErrorCode::not_found) return;
  RefusalWitness* const witness = context.ports.refusals;
  if (witness != nullptr) witness->refused(session.identity.key, frame, code);
}

void write_ack(Session& session, const Ack& ack) {
  session.sink->write(ack_frame(ack));
}

std::string ack_frame(const Ack& ack) {
  std::string json;
  append_ack_json(json, ack);
  std::string frame;
  append_text_frame(frame, json);
  return frame;
}

DurableEvent message_event(Append&& append, const Appended& appended) {
  DurableEvent event;
  event.type = EventType::message_new;
  event.channel = append.chat;
  event.seq = appended.seq;
  event.at = appended.sent_at;
  event.user = append.sender;
  event.message = appended.message;
  event.reply_to = append.reply_to;
  event.client_message_id = std::move(append.client_message_id);
  event.content = std::move(append.content.json);
  return event;
}

void write_unsubscribed(Session& session, std::string_view id, const ChannelId& channel,
                        std::string_view code) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "unsubscribed");
  if (!id.empty()) writer.field("id", id);
  writer.field("channel", channel);
  if (!code.empty()) writer.field("code", code);
  writer.end_object();
  write_frame(session, json);
}

}  // namespace kith
