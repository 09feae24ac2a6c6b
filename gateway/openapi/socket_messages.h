// What goes over the socket, for readers: every frame of a client (kFrameTypes), every event
// (EventType) and what else the server says. A type without an entry is in no document, and the
// test "every frame and event is described" names it.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/openapi/schema.h"

namespace kith::api {

struct SocketMessage {
  std::string_view type;
  std::string_view summary;
  std::vector<Member> members;  // besides `type`
};

const std::vector<SocketMessage>& client_frames();
// Durable events, with `seq` and their channel among their members.
const std::vector<SocketMessage>& durable_events();
// Answers, and events that are not kept.
const std::vector<SocketMessage>& server_frames();

// The whole frame, `type` first.
Schema payload_of(const SocketMessage& message);

}  // namespace kith::api
