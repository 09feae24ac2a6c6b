#include "gateway/config.h"

#include <fmt/format.h>
#include <sched.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "gateway/config_keys.h"

namespace kith {
namespace {

constexpr std::uintmax_t kFileBytesMax = 1024 * 1024;

Error refuse(std::string_view source, std::string_view key, std::string_view reason) {
  return fail(ErrorCode::bad_request, fmt::format("{}: {}: {}", source, key, reason),
              std::string(key));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Error refuse_source(std::string_view source, std::string_view reason) {
  std::string line = fmt::format("{}: {}", source, reason);
  std::ranges::replace_if(line, is_control, ' ');  // what is no TOML is quoted as it stands
  return fail(ErrorCode::bad_request, std::move(line));
}

// A name that someone else chose, in a line of ours.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, 80));
  std::ranges::replace_if(out, is_control, '?');
  return out;
}

class Loader {
 public:
  Status file(const std::string& path);
  Status environment(const std::vector<std::pair<std::string, std::string>>& variables);
  Status assignments(const std::vector<Assignment>& given);
  // What each key must be beyond its kind, once all sources have spoken.
  Status check() const;

  Config config;

 private:
  Status table(const toml::table& values, const std::string& section, const std::string& path);
  Status node(const toml::node& value, const ConfigKey& key, const std::string& path);
  std::string source_of(std::string_view key) const;

  std::map<std::string_view, std::string> sources_;  // who set a key last
};

std::optional<ConfigValue> value_of(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return ConfigValue(value->get());
  if (const auto* value = node.as_integer()) return ConfigValue(value->get());
  if (const auto* value = node.as_string()) return ConfigValue(value->get());
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> items;
  for (const auto& item : *array) {
    const auto* text = item.as_string();
    if (text == nullptr) return std::nullopt;
    items.push_back(text->get());
  }
  return ConfigValue(std::move(items));
}

Status Loader::node(const toml::node& value, const ConfigKey& key, const std::string& path) {
  // A date, a float or a list of numbers is of no kind that a key could have: an empty boolean
  // stands in where the field is no boolean, and a number where it is one.
  const bool wants_boolean = key.field.index() == 0;
  const auto given =
      value_of(value).value_or(wants_boolean ? ConfigValue(std::int64_t{0}) : ConfigValue(false));
  if (const auto reason = set_config_value(config, key, given)) {
    return refuse(fmt::format("{}:{}", path, value.source().begin.line), key.name, *reason);
  }
  sources_[key.name] = path;
  return Nothing{};
}

Status Loader::table(const toml::table& values, const std::string& section,
                     const std::string& path) {
  for (const auto& [name, value] : values) {
    const std::string full =
        section.empty() ? std::string(name.str()) : fmt::format("{}.{}", section, name.str());
    const std::string place = fmt::format("{}:{}", path, value.source().begin.line);
    const bool is_section = section.empty() && is_config_section(full);
    if (is_section != value.is_table() && (is_section || find_config_key(full) != nullptr)) {
      return refuse(place, full,
                    is_section ? "is a section, not a key" : "is a key, not a section");
    }
    if (is_section) {
      if (auto done = table(*value.as_table(), full, path); !done) return done;
      continue;
    }
    const auto* key = find_config_key(full);
    if (key == nullptr) return refuse(place, printable(full), "unknown key");
    if (auto done = node(value, *key, path); !done) return done;
  }
  return Nothing{};
}

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error || !std::filesystem::exists(status)) return refuse_source(path, "no such file");
  if (std::filesystem::is_directory(status)) return refuse_source(path, "is a directory");
  std::ifstream in(path, std::ios::binary);
  if (!in) return refuse_source(path, "cannot be read");
  if (std::filesystem::file_size(path, error) > kFileBytesMax || error) {
    return refuse_source(path, "is no file of at most 1 MiB");
  }
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return refuse_source(path, "cannot be read");
  return text;
}

Status Loader::file(const std::string& path) {
  auto text = read_file(path);
  if (!text) return text.error();
  try {
    const toml::table parsed = toml::parse(*text, path);
    return table(parsed, "", path);
  } catch (const toml::parse_error& error) {
    return refuse_source(fmt::format("{}:{}", path, error.source().begin.line),
                         fmt::format("not TOML: {}", error.description()));
  }
}

Status Loader::environment(const std::vector<std::pair<std::string, std::string>>& variables) {
  constexpr std::string_view kOurs = "KITH_";
  for (const auto& [name, value] : variables) {
    if (!name.starts_with(kOurs)) continue;
    const auto keys = config_keys();
    const auto key = std::ranges::find(keys, name, environment_name);
    const std::string source = "environment: " + printable(name);
    if (key == keys.end()) {
      std::string section = name.substr(kOurs.size());
      section = section.substr(0, section.find('_'));
      std::ranges::transform(section, section.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (!is_config_section(section)) continue;
      return refuse_source(source, fmt::format("unknown key of section {}", section));
    }
    if (const auto reason = set_config_text(config, *key, value)) {
      return refuse(source, key->name, *reason);
    }
    sources_[key->name] = source;
  }
  return Nothing{};
}

Status Loader::assignments(const std::vector<Assignment>& given) {
  for (const auto& [source, text] : given) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return refuse_source(source, "must be section.key=value");
    const auto name = text.substr(0, equals);
    const auto* key = find_config_key(name);
    if (key == nullptr) return refuse(source, printable(name), "unknown key");
    if (const auto reason = set_config_text(config, *key, text.substr(equals + 1))) {
      return refuse(source, name, *reason);
    }
    sources_[key->name] = source;
  }
  return Nothing{};
}

std::string Loader::source_of(std::string_view key) const {
  const auto found = sources_.find(key);
  return found == sources_.end() ? "default" : found->second;
}

Status Loader::check() const {
  for (const auto& key : config_keys()) {
    if (key.refusal == nullptr) continue;
    if (const auto reason = key.refusal(config)) {
      return refuse(source_of(key.name), key.name, *reason);
    }
  }
  return Nothing{};
}

}  // namespace

std::uint32_t shard_count(const Config& config) {
  if (config.shards != 0) return config.shards;
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (sched_getaffinity(0, sizeof(usable), &usable) != 0) return 1;
  return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&usable)));
}

std::uint32_t writer_thread_count(const Config& config) {
  constexpr std::uint32_t kMax = 2;
  if (config.storage.writer_threads != 0) return config.storage.writer_threads;
  return std::min(kMax, shard_count(config));
}

std::string storage_url(const Config& config) {
  return config.storage.url.empty() ? "sqlite:" + config.data : config.storage.url;
}

std::vector<std::pair<std::string, std::string>> process_environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

Result<Config> load_config(const ConfigSources& sources) {
  Loader loader;
  if (!sources.file.empty()) {
    if (auto done = loader.file(sources.file); !done) return done.error();
  }
  if (auto done = loader.environment(sources.environment); !done) return done.error();
  if (auto done = loader.assignments(sources.assignments); !done) return done.error();
  if (auto done = loader.check(); !done) return done.error();
  return std::move(loader.config);
}

std::string describe_config(const Config& config) {
  std::string out;
  for (const auto& key : config_keys()) {
    const auto value = show_config_value(config, key);
    const bool hidden = key.secret && value != "\"\"";
    out += fmt::format("{} = {}\n", key.name, hidden ? "(set)" : value);
  }
  return out;
}

}  // namespace kith
