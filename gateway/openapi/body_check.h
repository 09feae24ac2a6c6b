// Holds a request's body to what its operation says of it.
#pragma once

#include <simdjson.h>

#include <functional>
#include <string_view>

#include "gateway/openapi/schema.h"

namespace kith::api {

// Told once for each field that is missing or wrong: "location.name", and why.
using NoteField = std::function<void(std::string_view field, std::string_view message)>;

// Members that `schema` does not know are passed over, null counts as absent, and what a handler
// checks by itself is left to it.
void check_body(const Schema& schema, const simdjson::dom::object& body, const NoteField& note);

}  // namespace kith::api
