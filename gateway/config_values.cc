// How one value is read and shown: the kinds of config_keys.h.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/config_keys.h"

namespace kith {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04X}", byte);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string join_choices(std::span<const std::string_view> choices) {
  std::string out;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) out += i + 1 == choices.size() ? " or " : ", ";
    out += choices[i];
  }
  return out;
}

std::string number_reason(const ConfigKey& key) {
  return fmt::format("must be a whole number from {} to {}", key.range.least, key.range.most);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto item = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    out.emplace_back(item);
  }
  return out;
}

// One overload per kind of field: what `value` holds must fit it.
struct Setter {
  Config& config;
  const ConfigKey& key;
  const ConfigValue& value;

  std::optional<std::string> operator()(bool& (*field)(Config&)) const {
    const auto* given = std::get_if<bool>(&value);
    if (given == nullptr) return "must be true or false";
    field(config) = *given;
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::uint32_t& (*field)(Config&)) const {
    const auto* given = std::get_if<std::int64_t>(&value);
    if (given == nullptr || *given < key.range.least || *given > key.range.most) {
      return number_reason(key);
    }
    field(config) = static_cast<std::uint32_t>(*given);
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::string& (*field)(Config&)) const {
    const auto* given = std::get_if<std::string>(&value);
    if (given == nullptr) return "must be a text";
    if (!key.choices.empty() && std::ranges::find(key.choices, *given) == key.choices.end()) {
      return "must be " + join_choices(key.choices);
    }
    field(config) = *given;
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::vector<std::string>& (*field)(Config&)) const {
    const auto* given = std::get_if<std::vector<std::string>>(&value);
    if (given == nullptr) return "must be a list of texts";
    field(config) = *given;
    return std::nullopt;
  }
};

struct Reader {
  const ConfigKey& key;
  std::string_view text;

  Result<ConfigValue> operator()(bool& (*)(Config&)) const {
    if (text == "true") return ConfigValue(true);
    if (text == "false") return ConfigValue(false);
    return fail(ErrorCode::bad_request, "must be true or false");
  }
  Result<ConfigValue> operator()(std::uint32_t& (*)(Config&)) const {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
      return fail(ErrorCode::bad_request, number_reason(key));
    }
    return ConfigValue(number);
  }
  Result<ConfigValue> operator()(std::string& (*)(Config&)) const {
    return ConfigValue(std::string(text));
  }
  Result<ConfigValue> operator()(std::vector<std::string>& (*)(Config&)) const {
    return ConfigValue(split_list(text));
  }
};

struct Writer {
  Config& config;

  std::string operator()(bool& (*field)(Config&)) const { return field(config) ? "true" : "false"; }
  std::string operator()(std::uint32_t& (*field)(Config&)) const {
    return std::to_string(field(config));
  }
  std::string operator()(std::string& (*field)(Config&)) const { return quoted(field(config)); }
  std::string operator()(std::vector<std::string>& (*field)(Config&)) const {
    std::string out = "[";
    for (const auto& item : field(config)) {
      if (out.size() > 1) out += ", ";
      out += quoted(item);
    }
    return out + "]";
  }
};

}  // namespace

std::optional<std::string> set_config_value(Config& config, const ConfigKey& key,
                                            const ConfigValue& value) {
  return std::visit(Setter{config, key, value}, key.field);
}

std::optional<std::string> set_config_text(Config& config, const ConfigKey& key,
                                           std::string_view text) {
  const auto value = std::visit(Reader{key, text}, key.field);
  if (!value) return value.error().message;
  return set_config_value(config, key, *value);
}

std::string show_config_value(const Config& config, const ConfigKey& key) {
  Config copy = config;  // the table's accessors are for writing too
  return std::visit(Writer{copy}, key.field);
}

}  // namespace kith
