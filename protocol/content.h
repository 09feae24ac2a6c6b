// A message's content as the client sent it, checked and brought to one canonical JSON text: the
// same bytes are stored, spliced into every event, and compared to tell a retry from a conflict.
//
//   {"type":"text","text":"..."} or {"type":"text","text":"...","attachments":[{"media_id":"..."}]}
//
// Member order is fixed and unknown members are left out, so equal meaning is equal bytes. `text`
// is always written (empty when there are only attachments). An attachment may carry `type` (a
// string up to 32 bytes) and `metadata` (an object up to 4 KiB, kept minified).
#pragma once

#include <simdjson.h>

#include <string>
#include <vector>

#include "protocol/result.h"

namespace kith {

struct Attachment {
  std::string media_id;
  std::string type;      // may be empty
  std::string metadata;  // a JSON object, or empty
};

struct Content {
  std::string json;
  std::vector<Attachment> attachments;
};

inline constexpr std::string_view kTombstoneJson = R"({"type":"tombstone"})";

// `content.type` is 1-32 characters of [a-z0-9_.-] and not "tombstone"; `text` is non-empty unless
// there are attachments (PROTOCOL section 3). Strings that hold U+0000 are refused: Postgres text
// cannot store it. Errors: bad_request with `field` set ("content.text", ...); too_large for more
// than kAttachmentsMax.
Result<Content> parse_content(simdjson::dom::element content);

}  // namespace kith
