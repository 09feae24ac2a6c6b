#include "engine/state_event.h"

#include "protocol/event.h"

namespace kith {

BusEventPtr make_state_event(const ChannelId& channel, std::uint64_t about, std::string_view json) {
  auto event = std::make_shared<BusEvent>();
  event->kind = BusKind::state;
  event->channel = channel;
  event->seq = about;
  append_text_frame(event->frame, json);
  return event;
}

}  // namespace kith
