#include "gateway/toml_fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace kith {

const toml::node* TomlFields::take(std::string_view key) {
  taken_.emplace(key);
  return table_.get(key);
}

void TomlFields::fail_at(std::string_view key, const toml::node* node, std::string_view reason) {
  if (error_.line) return;
  const auto line = (node != nullptr ? node->source() : table_.source()).begin.line;
  std::string where = name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
  std::ranges::replace_if(
      where, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  error_.line = fmt::format("{}:{}: {}: {}", error_.source, line, where.substr(0, 80), reason);
}

void TomlFields::fail(std::string_view key, std::string_view reason) {
  fail_at(key, table_.get(key), reason);
}

std::string TomlFields::text(std::string_view key) {
  if (!has(key)) fail(key, "is needed");
  return text(key, "");
}

std::string TomlFields::text(std::string_view key, std::string_view fallback) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::string(fallback);
  const auto* value = node->as_string();
  if (value == nullptr) {
    fail_at(key, node, "must be a text");
    return {};
  }
  if (value->get().size() > 500) fail_at(key, node, "is longer than 500 bytes");
  return value->get();
}

std::int64_t TomlFields::integer(std::string_view key, Bounds bounds) {
  if (!has(key)) fail(key, "is needed");
  return integer(key, bounds, bounds.least);
}

std::int64_t TomlFields::integer(std::string_view key, Bounds bounds, std::int64_t fallback) {
  const toml::node* node = take(key);
  if (node == nullptr) return fallback;
  const auto* value = node->as_integer();
  if (value == nullptr || value->get() < bounds.least || value->get() > bounds.most) {
    fail_at(key, node,
            fmt::format("must be a whole number from {} to {}", bounds.least, bounds.most));
    return fallback;
  }
  return value->get();
}

bool TomlFields::boolean(std::string_view key, bool fallback) {
  const toml::node* node = take(key);
  if (node == nullptr) return fallback;
  const auto* value = node->as_boolean();
  if (value == nullptr) fail_at(key, node, "must be true or false");
  return value != nullptr ? value->get() : fallback;
}

std::vector<std::string> TomlFields::texts(std::string_view key) {
  std::vector<std::string> out;
  const toml::node* node = take(key);
  if (node == nullptr) return out;
  const auto* array = node->as_array();
  if (array == nullptr) {
    fail_at(key, node, "must be a list of texts");
    return out;
  }
  for (const toml::node& item : *array) {
    const auto* value = item.as_string();
    if (value == nullptr) {
      fail_at(key, &item, "must be a list of texts");
      return out;
    }
    out.push_back(value->get());
  }
  return out;
}

std::optional<TomlFields> TomlFields::table(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_table();
  if (value == nullptr) {
    fail_at(key, node, "must be a table");
    return std::nullopt;
  }
  return TomlFields(*value, name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key),
                    error_);
}

std::vector<TomlFields> TomlFields::tables(std::string_view key) {
  std::vector<TomlFields> out;
  const toml::node* node = take(key);
  if (node == nullptr) return out;
  const auto* array = node->as_array();
  if (array == nullptr) {
    fail_at(key, node, "must be a list of tables");
    return out;
  }
  for (const toml::node& item : *array) {
    const auto* value = item.as_table();
    if (value == nullptr) {
      fail_at(key, &item, "must be a list of tables");
      return out;
    }
    out.emplace_back(*value, name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key),
                     error_);
  }
  return out;
}

std::string TomlFields::one_of(const std::vector<std::string_view>& keys) {
  std::string found;
  for (const std::string_view key : keys) {
    if (!has(key)) continue;
    if (!found.empty()) fail(key, fmt::format("cannot stand beside {}", found));
    found = key;
  }
  if (found.empty()) fail(keys.front(), "is needed, or another criterion");
  return found;
}

std::optional<std::int64_t> TomlFields::number_or_value(std::string_view key, Bounds bounds) {
  const toml::node* node = table_.get(key);
  const auto* text = node != nullptr ? node->as_string() : nullptr;
  if (text != nullptr && text->get() == "value") {
    taken_.emplace(key);
    return std::nullopt;
  }
  return integer(key, bounds);
}

void TomlFields::finish() {
  for (const auto& [key, node] : table_) {
    if (!taken_.contains(key.str())) fail_at(key.str(), &node, "unknown key");
  }
}

}  // namespace kith
