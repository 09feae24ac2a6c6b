// Chats and messages as JSON over HTTP (section 2.4 of the requirement document; PROTOCOL section
// 7).
#pragma once

#include "engine/ports/chats.h"
#include "protocol/json_writer.h"

namespace kith {

void write_chat(JsonWriter& json, const ChatRecord& chat);

enum class WithDelivery : std::uint8_t { no, yes };
void write_message(JsonWriter& json, const MessageRecord& message, std::uint32_t participants,
                   WithDelivery with_delivery);

// The first event of that chat; nothing where nothing changed in it.
const DurableEvent* event_of_chat(const Committed& committed, const ChatId& chat);

}  // namespace kith
