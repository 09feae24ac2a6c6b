// What a JSON parser lets through and we do not (RELIABILITY 1.4): a key that stands twice in one
// object, since two readers may take different ones, and U+0000 in a string, which Postgres text
// cannot store.
#pragma once

#include <simdjson.h>

#include <string_view>

namespace kith {

// Whether any object of the tree has a key twice. Cheap for objects of the usual size; O(n log n)
// for large ones.
bool has_duplicate_keys(simdjson::dom::element tree);

// Whether any string or key of the tree holds U+0000.
bool has_null_characters(simdjson::dom::element tree);

// Whether the JSON text `source` may hold U+0000 at all: without an escape of it, it cannot, and
// has_null_characters() need not look.
bool may_have_null_characters(std::string_view source);

}  // namespace kith
