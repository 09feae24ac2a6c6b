// The one table of configuration keys. Parsing of the file, of the environment and of --set,
// describe_config() and the test of conf/kithd.toml all go by it, so that a new key is one line
// here and one paragraph there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/config.h"

namespace kith {

using ConfigValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

struct IntegerRange {
  std::uint32_t least = 0;
  std::uint32_t most = 0;
};

struct ConfigKey {
  // Gives the field of a configuration; which alternative says what the value may be.
  using Field = std::variant<bool& (*)(Config&), std::uint32_t& (*)(Config&),
                             std::string& (*)(Config&), std::vector<std::string>& (*)(Config&)>;

  std::string_view name;  // "limits.body_bytes"; no dot: at the top of the file
  Field field;
  IntegerRange range{};                         // of whole numbers
  std::span<const std::string_view> choices{};  // of texts; empty: any
  // Why the value will not do, beyond kind, range and choice; nothing where it will.
  std::optional<std::string> (*refusal)(const Config&) = nullptr;
  bool secret = false;
};

std::span<const ConfigKey> config_keys();
const ConfigKey* find_config_key(std::string_view name);
// Is it "limits", "gateway", ...?
bool is_config_section(std::string_view name);
// KITH_LIMITS_BODY_BYTES
std::string environment_name(const ConfigKey& key);

// Sets the field, checking kind, range and choice. The error is the reason alone: "must be ...".
std::optional<std::string> set_config_value(Config& config, const ConfigKey& key,
                                            const ConfigValue& value);
// The same from text, as the environment and --set have it; a list is written with commas.
std::optional<std::string> set_config_text(Config& config, const ConfigKey& key,
                                           std::string_view text);
// As TOML writes it.
std::string show_config_value(const Config& config, const ConfigKey& key);

}  // namespace kith
