#include "storage/sql_json_texts.h"

#include <simdjson.h>

#include "protocol/json_writer.h"

namespace kith {

std::string texts_to_json(const std::vector<std::string>& texts) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
  return out;
}

std::vector<std::string> texts_of_json(std::string_view json) {
  std::vector<std::string> out;
  if (json == "[]") return out;
  thread_local simdjson::dom::parser parser;
  simdjson::dom::array array;
  if (parser.parse(json.data(), json.size()).get(array) != simdjson::SUCCESS) return out;
  for (const simdjson::dom::element entry : array) {
    std::string_view text;
    if (entry.get(text) == simdjson::SUCCESS) out.emplace_back(text);
  }
  return out;
}

}  // namespace kith
