#include <array>

#include "gateway/http_router.h"
#include "gateway/openapi/documents.h"
#include "gateway/openapi/socket_messages.h"

namespace kith::api {
namespace {

constexpr std::string_view kAboutSocket =
    "One JSON object per frame, or several with newlines between, both ways. Durable events carry "
    "`seq`, 1, 2, 3 … per channel without holes; the others may be missed. An `ack` means "
    "committed. "
    "The HTTP side is described by openapi.json.";

struct Direction {
  std::string_view prefix;  // of the message's name: a type may go both ways
  std::string_view action;  // as the server has it
  const std::vector<SocketMessage>& (*messages)();
};
constexpr std::array<Direction, 3> kDirections = {Direction{"client.", "receive", client_frames},
                                                  Direction{"event.", "send", durable_events},
                                                  Direction{"server.", "send", server_frames}};

std::string message_name(const Direction& direction, const SocketMessage& message) {
  return std::string(direction.prefix) + std::string(message.type);
}

template <typename Each>
void for_each_message(Each each) {
  for (const Direction& direction : kDirections) {
    for (const SocketMessage& message : direction.messages()) each(direction, message);
  }
}

void write_reference(JsonWriter& json, const std::string& to) {
  json.begin_object().field("$ref", to).end_object();
}

// "/ws" is channel "ws", "/chats/{chat_id}" channel "chats".
std::string channel_name(std::string_view path) {
  path.remove_prefix(1);
  return std::string(path.substr(0, path.find('/')));
}

void write_channels(JsonWriter& json) {
  json.key("channels").begin_object();
  for (const std::string_view path : kWebSocketPaths) {
    json.key(channel_name(path)).begin_object().field("address", path);
    json.key("parameters").begin_object();
    for (const std::string_view name : path_parameters(path)) {
      json.key(name).begin_object().field("description", "an id").end_object();
    }
    json.end_object().key("messages").begin_object();
    for_each_message([&](const Direction& direction, const SocketMessage& message) {
      const std::string name = message_name(direction, message);
      json.key(name);
      write_reference(json, "#/components/messages/" + name);
    });
    json.end_object().end_object();
  }
  json.end_object();
}

void write_operations(JsonWriter& json) {
  json.key("operations").begin_object();
  for (const std::string_view path : kWebSocketPaths) {
    const std::string channel = channel_name(path);
    for (const std::string_view action : {"receive", "send"}) {
      json.key(channel + '.' + std::string(action)).begin_object().field("action", action);
      json.key("channel");
      write_reference(json, "#/channels/" + channel);
      json.key("messages").begin_array();
      for_each_message([&](const Direction& direction, const SocketMessage& message) {
        if (direction.action != action) return;
        write_reference(json,
                        "#/channels/" + channel + "/messages/" + message_name(direction, message));
      });
      json.end_array().end_object();
    }
  }
  json.end_object();
}

void write_components(JsonWriter& json) {
  json.key("components").begin_object().key("messages").begin_object();
  for_each_message([&](const Direction& direction, const SocketMessage& message) {
    json.key(message_name(direction, message)).begin_object();
    json.field("name", message.type).field("summary", message.summary);
    json.key("payload");
    const bool asked = direction.action == "receive";
    json_schema(json, payload_of(message), asked ? Side::request : Side::answer);
    json.end_object();
  });
  json.end_object();
  write_schemas(json);
  json.end_object();
}

std::string written_asyncapi() {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("asyncapi", "3.0.0");
  write_info(json, kAboutSocket);
  json.field("defaultContentType", "application/json");
  write_channels(json);
  write_operations(json);
  write_components(json);
  json.end_object();
  return out;
}

}  // namespace

const Document& asyncapi_document() {
  static const Document document = document_of(written_asyncapi());
  return document;
}

}  // namespace kith::api
