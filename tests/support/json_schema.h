// JSON Schema as openapi.json and asyncapi.json use it: $ref, anyOf, type, enum, pattern, format
// date-time, the bounds, properties, required, additionalProperties and items; any other keyword
// that would decide something is a failure, so that nothing goes unchecked in silence.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

namespace kith::test {

// unknown_members: also says what an object has that its schema does not name.
enum class Strictness : std::uint8_t { lenient, unknown_members };

class JsonSchemas {
 public:
  // A document with its schemas under components. Throws where it is no JSON.
  explicit JsonSchemas(std::string_view document);

  simdjson::dom::element document() const { return document_; }
  // "#/components/schemas/Club"; throws where there is nothing.
  simdjson::dom::element at(std::string_view reference) const;

  // What is wrong with the value, each with its place: "items[3].id: is no string".
  std::vector<std::string> faults(simdjson::dom::element schema, simdjson::dom::element value,
                                  Strictness strictness) const;

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element document_;
};

}  // namespace kith::test
