// Lost updates (RFC 9110 section 13.1.1): a change may say which version it is of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http_request_checks.h"

namespace kith {

// The ETag of a version: a quote, the prefix of its kind, the number, a quote.
std::string version_tag(std::string_view prefix, std::uint64_t version);

// The version that If-Match lets a change go ahead with. Nothing: any. 0: none that there is, as
// for a tag that was never ours or is weak. 400 where it is not one tag, or *.
Checked<std::optional<std::uint64_t>> if_match(const HttpRequest& request, std::string_view prefix);

}  // namespace kith
