// `paging.next_before` of a chat's history: opaque to clients, bound to its chat. Not signed: what
// it names may be read anyway, or not; the check digits only keep what was not ours from being read
// as a number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/ids.h"

namespace kith {

std::string encode_history_cursor(const ChatId& chat, Seq before);
// Nothing where the text is none of ours, or another chat's.
std::optional<Seq> decode_history_cursor(const ChatId& chat, std::string_view text);

}  // namespace kith
