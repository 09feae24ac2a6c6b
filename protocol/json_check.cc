#include "protocol/json_check.h"

#include <algorithm>
#include <array>
#include <vector>

namespace kith {
namespace {

namespace dom = simdjson::dom;

// Objects up to this many members are compared pair by pair, on the stack; larger ones are sorted.
constexpr std::size_t kPairwiseMax = 16;

bool repeats_pairwise(const std::string_view* keys, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[i] == keys[j]) return true;
    }
  }
  return false;
}

bool repeats_sorted(dom::object object) {
  std::vector<std::string_view> keys;
  for (const auto member : object) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

bool object_has_duplicate_keys(dom::object object) {
  std::array<std::string_view, kPairwiseMax> keys;
  std::size_t count = 0;
  for (const auto member : object) {
    if (count < kPairwiseMax) keys[count] = member.key;
    ++count;
    if (has_duplicate_keys(member.value)) return true;
  }
  return count <= kPairwiseMax ? repeats_pairwise(keys.data(), count) : repeats_sorted(object);
}

bool holds_null(std::string_view text) {
  return text.find('\0') != text.npos;
}

}  // namespace

// Recursion goes as deep as the document, which the parser has bounded.
bool has_duplicate_keys(dom::element tree) {
  dom::object object;
  if (!tree.get(object)) return object_has_duplicate_keys(object);
  dom::array array;
  if (tree.get(array)) return false;
  for (const dom::element item : array) {
    if (has_duplicate_keys(item)) return true;
  }
  return false;
}

bool has_null_characters(dom::element tree) {
  std::string_view text;
  if (!tree.get(text)) return holds_null(text);
  dom::array array;
  if (!tree.get(array)) {
    for (const dom::element item : array) {
      if (has_null_characters(item)) return true;
    }
  }
  dom::object object;
  if (!tree.get(object)) {
    for (const auto member : object) {
      if (holds_null(member.key) || has_null_characters(member.value)) return true;
    }
  }
  return false;
}

bool may_have_null_characters(std::string_view source) {
  return source.find("\\u0000") != source.npos;
}

}  // namespace kith
