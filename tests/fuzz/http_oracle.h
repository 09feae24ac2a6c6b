// What must be true of a request that the gateway's gates let through.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/http_request_checks.h"

namespace kith::fuzz {

inline constexpr std::size_t kBodyBytesMax = 2000;

// `head` are the bytes of a head that passed, `request` is what was read from them. Reads the head
// a second time, by splitting it at its line ends and colons, and asserts that both are one; that
// there is one Host and no Transfer-Encoding; that the path and the query hold nothing that another
// reader could take for something else; and that the request comes back from its own writing.
void check_request(std::string_view head, const HttpRequest& request);

// The part of it about path and query.
void check_target(const HttpRequest& request);

// The refusal is one that may be sent: a status of RELIABILITY 3.2, JSON, an answer's head.
void check_refusal(const Problem& refusal);

// Everything that was read, as text: equal requests have equal texts.
std::string describe(const HttpRequest& request);

// A target that says the same as what was read, everything but letters and digits escaped.
std::string write_target(const HttpRequest& request);

}  // namespace kith::fuzz
