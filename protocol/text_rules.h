// What short texts of a client must look like: the same rules for frames and for HTTP bodies.
// All of them take valid UTF-8, which the JSON parser has checked.
#pragma once

#include <cstddef>
#include <string_view>

namespace kith {

// Length in Unicode code points: what PROTOCOL calls characters.
std::size_t count_characters(std::string_view text);

// Whether it holds a control character: U+0000-U+001F, U+007F-U+009F.
bool has_control_characters(std::string_view text);

// 1-64 characters, none of them a control.
bool is_client_message_id(std::string_view text);

// A reason that a person gives: at most 500 characters, no U+0000.
bool is_reason(std::string_view text);

// Exactly one emoji of at most 32 bytes, as UTS 51 builds them: a symbol with its variation
// selector, skin tone or tags; several joined by U+200D; two regional indicators; a keycap. Whole
// ranges are taken for symbols, so that those which Unicode will yet assign are accepted too.
bool is_emoji(std::string_view text);

}  // namespace kith
