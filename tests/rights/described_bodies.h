// The bodies that openapi.json describes, for tests that walk all of them: JSON values for a
// schema, and who may send them where.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/rights/world.h"
#include "tests/support/json_schema.h"

namespace kith::test {

std::optional<simdjson::dom::element> part(simdjson::dom::element object, std::string_view name);
// The first of its types; empty: it says none.
std::string type_of(simdjson::dom::element schema);

// JSON values for one schema.
class Values {
 public:
  explicit Values(const JsonSchemas& schemas) : schemas_(schemas) {}

  simdjson::dom::element resolved(simdjson::dom::element schema) const;
  std::string good(simdjson::dom::element given) const;
  // Of none of the types that it may have.
  std::string of_another_type(simdjson::dom::element given) const;
  // Empty where it has no bound that can be passed.
  std::string over(simdjson::dom::element given) const;
  std::string at_the_bound(simdjson::dom::element given) const;
  // The object's needed members, with `name` as `value` says, or without it where that is empty.
  std::string with(simdjson::dom::element schema, std::string_view name,
                   const std::string& value) const;

 private:
  std::string good_text(simdjson::dom::element schema) const;
  std::string good_object(simdjson::dom::element schema) const;
  std::string entries(simdjson::dom::element schema, std::size_t count) const;

  const JsonSchemas& schemas_;
};

struct Target {
  std::string method;
  std::string path;
  std::string pattern;
  std::string token;
};

// For whom the route is: who else is refused is so before the body is looked at.
class Askers {
 public:
  explicit Askers(World& world);
  Target target_of(const Stage& stage, std::string_view method, std::string_view pattern,
                   simdjson::dom::element operation) const;

 private:
  World& world_;
  std::string service_token_;
};

// Calls with the Target and the schema of every body that a client may send. How many there are.
template <typename Each>
std::size_t each_body(const JsonSchemas& schemas, const Askers& askers, const Stage& stage,
                      Each each) {
  std::size_t bodies = 0;
  for (const auto path : simdjson::dom::object(schemas.document()["paths"])) {
    for (const auto operation : simdjson::dom::object(path.value)) {
      const auto request = part(operation.value, "requestBody");
      if (!request) continue;
      ++bodies;
      const simdjson::dom::element schema = (*request)["content"]["application/json"]["schema"];
      each(askers.target_of(stage, operation.key, path.key, operation.value), schema);
    }
  }
  return bodies;
}

}  // namespace kith::test
