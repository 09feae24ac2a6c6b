// RELIABILITY 3.3 as one table for both doors: a document goes over the socket as a frame and over
// HTTP as a body, and both must take it the same way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kith::test {

enum class Verdict {
  accepted,
  refused,   // by the parser: 4501, or 400
  answered,  // parsed, and then refused: the error bad_request, or 400
};

struct JsonRow {
  std::string id;
  std::string document;  // of a frame {"type":"ping","id":"a"} that has is_typing too
  Verdict verdict = Verdict::refused;
};

std::vector<JsonRow> json_rows();

// Ids of the wrong kind or form, for the place of a chat's id.
std::vector<std::string> wrong_chat_ids();
// An id all the same, though of nobody: with this prefix, 26 digits, and none of them another.
bool is_well_formed_id(std::string_view prefix, std::string_view id);
// What is no integer from 1 on, as JSON.
std::vector<std::string> wrong_integers();

// Texts that are stored and read back byte for byte: as they stand in JSON, and what they mean.
struct TextRow {
  std::string id;
  std::string json;
  std::string text;
};
std::vector<TextRow> text_rows();

}  // namespace kith::test
