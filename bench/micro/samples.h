// What the micro-benchmarks chew on: made once, outside of the loops, and the same in every run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/event.h"
#include "protocol/frame.h"
#include "protocol/ids.h"

namespace kith::micro {

Uuid sample_uuid(std::uint64_t number);

// `bytes` of text, ASCII or such as people write who need more than that (about two bytes a
// character, and an emoji now and then); never cut within a character.
std::string sample_text(std::size_t bytes);
std::string sample_unicode_text(std::size_t bytes);

// A client's frame, masked as RFC 6455 section 5.3 asks for.
std::string masked_frame(Opcode opcode, std::string_view payload);

std::string message_new_command(std::size_t text_bytes);
std::string subscribe_command();
std::string typing_command();

// message.new, as a commit hands it over.
DurableEvent message_event(std::size_t text_bytes, Seq seq);

}  // namespace kith::micro
