// The keys of one TOML table, each taken by its name: what is missing, of the wrong kind, out of
// its range or left over is an error, told once, with its line. The first error of a whole document
// is kept; what is read after it is of no use.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace kith {

struct TomlError {
  std::string source;
  std::optional<std::string> line;  // "conf/apps/mine.toml:12: badge.count: is needed"
};

class TomlFields {
 public:
  struct Bounds {
    std::int64_t least = 0;
    std::int64_t most = 0;
  };

  // `name` is that of the table, in errors. Both outlive this.
  TomlFields(const toml::table& table, std::string name, TomlError& error)
      : table_(table), name_(std::move(name)), error_(error) {}

  bool has(std::string_view key) const { return table_.contains(key); }
  std::string text(std::string_view key);  // needed
  std::string text(std::string_view key, std::string_view fallback);
  std::int64_t integer(std::string_view key, Bounds bounds);  // needed
  std::int64_t integer(std::string_view key, Bounds bounds, std::int64_t fallback);
  bool boolean(std::string_view key, bool fallback);
  std::vector<std::string> texts(std::string_view key);
  // Tables: none where there are none.
  std::optional<TomlFields> table(std::string_view key);
  std::vector<TomlFields> tables(std::string_view key);
  // Its keys, one of which is to be taken; nothing and an error where there is not exactly one.
  std::string one_of(const std::vector<std::string_view>& keys);
  // "value" or a number.
  std::optional<std::int64_t> number_or_value(std::string_view key, Bounds bounds);

  void fail(std::string_view key, std::string_view reason);
  // Whatever was not asked for is an error.
  void finish();

 private:
  const toml::node* take(std::string_view key);
  void fail_at(std::string_view key, const toml::node* node, std::string_view reason);

  const toml::table& table_;
  std::string name_;
  TomlError& error_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace kith
