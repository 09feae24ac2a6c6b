// Configuration: a file of any bytes gives a configuration or one line that says where it is wrong.
#include "gateway/config.h"

#include <sys/mman.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>

#include "gateway/config_address.h"
#include "gateway/config_keys.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/reference_frames.h"

namespace kith::fuzz {
namespace {

// A file that lives in memory alone.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : descriptor_(memfd_create("config", MFD_CLOEXEC)) {
    KITH_ASSERT(descriptor_ >= 0);
    const auto written = write(descriptor_, text.data(), text.size());
    KITH_ASSERT(written == static_cast<ssize_t>(text.size()));
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

Result<Config> load(std::string_view text) {
  const MemoryFile file(text);
  return load_config({.file = file.path()});
}

// All of it, with the secrets that describe_config() keeps back.
std::string write(const Config& config) {
  std::string out;
  for (const ConfigKey& key : config_keys()) {
    out += std::string(key.name) + " = " + show_config_value(config, key) + '\n';
  }
  return out;
}

// A text with another secret in it, of the same length.
std::string with_another(std::string_view text, std::string_view secret) {
  std::string other(text);
  const auto begin = static_cast<std::size_t>(secret.data() - text.data());
  for (std::size_t i = 0; i < secret.size(); ++i) other[begin + i] = "qzxjkv"[i % 6];
  return other;
}

// A refusal that says the same whatever the secret is has not repeated it, even where the secret is
// spelled like words of ours ("auth.sec").
bool says_the_same_of_another(std::string_view text, std::string_view secret,
                              const std::string& message) {
  const auto config = load(with_another(text, secret));
  return !config && config.error().message == message;
}

void check_refusal(const Error& error, std::string_view text, std::string_view secret) {
  KITH_ASSERT(error.code == ErrorCode::bad_request && !error.message.empty());
  KITH_ASSERT(std::none_of(error.message.begin(), error.message.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
  }));
  KITH_ASSERT(secret.size() < 8 || error.message.find(secret) == error.message.npos ||
              says_the_same_of_another(text, secret, error.message));
}

void check_addresses(const Config& config) {
  const auto endpoint = parse_listen_address(config.listen);
  KITH_ASSERT(endpoint);
  KITH_ASSERT(endpoint->address().is_loopback() || config.listen_in_clear);
  KITH_ASSERT(config.listen.find('\0') == config.listen.npos);
  for (const std::string& text : config.trusted_proxies) {
    KITH_ASSERT(text.find('\0') == text.npos);
    const auto range = AddressRange::parse(text);
    KITH_ASSERT(range);
    // Who lists a proxy means that proxy, in whichever way its address is written.
    const auto address = boost::asio::ip::make_address(text.substr(0, text.find('/')));
    KITH_ASSERT(range->contains(address));
  }
  for (const std::string& origin : config.gateway.allowed_origins) {
    KITH_ASSERT(origin.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:/[]") ==
                origin.npos);
  }
}

void check_accepted(const Config& config) {
  check_addresses(config);
  const std::string text = write(config);
  const auto again = load(text);
  KITH_ASSERT(again && write(*again) == text);

  ConfigSources by_environment;
  ConfigSources by_argument;
  for (const ConfigKey& key : config_keys()) {
    // A list is written with commas there, so what holds one itself cannot be said.
    if (std::holds_alternative<std::vector<std::string>& (*)(Config&)>(key.field)) continue;
    Config copy = config;
    std::string value = show_config_value(config, key);
    if (const auto* field = std::get_if<std::string& (*)(Config&)>(&key.field)) {
      value = (*field)(copy);
    }
    by_environment.environment.emplace_back(environment_name(key), value);
    by_argument.assignments.push_back({.text = std::string(key.name) + '=' + value});
  }
  Config without_lists = config;
  without_lists.trusted_proxies.clear();
  without_lists.gateway.allowed_origins.clear();
  for (const ConfigSources& sources : {by_environment, by_argument}) {
    const auto same = load_config(sources);
    KITH_ASSERT(same && write(*same) == write(without_lists));
  }
  const std::string shown = describe_config(config);
  KITH_ASSERT(is_utf8(shown));
  Config other = config;
  if (!other.auth.secret.empty()) other.auth.secret = "another, as long as one must be: yes";
  KITH_ASSERT(describe_config(other) == shown);
}

// Is what stands there the value of auth.secret? Not in a comment, in another string or in another
// section; whatever is wrong behind it.
bool is_auth_secret(std::string_view text, std::string_view secret) {
  const auto end = static_cast<std::size_t>(secret.data() - text.data()) + secret.size();
  const std::string other = with_another(text, secret).substr(0, end) + '"';
  try {
    const auto table = toml::parse(other);
    const auto value = table["auth"]["secret"].value<std::string_view>();
    return value && *value == std::string_view(other).substr(end - secret.size(), secret.size());
  } catch (const toml::parse_error&) {
    return false;
  }
}

// The value of auth.secret where it stands nowhere else: what no line of ours may repeat.
std::string_view secret_in(std::string_view text) {
  const auto key = text.find("secret = \"");
  if (key == text.npos) return {};
  const auto begin = key + 10;
  const auto secret = text.substr(begin, text.find('"', begin) - begin);
  const bool elsewhere = text.find(secret) != begin || text.rfind(secret) != begin;
  return elsewhere || !is_auth_secret(text, secret) ? std::string_view{} : secret;
}

}  // namespace
}  // namespace kith::fuzz

KITH_FUZZ_TARGET(config) {
  using namespace kith::fuzz;
  const auto config = load(input);
  if (config) return check_accepted(*config);
  check_refusal(config.error(), input, secret_in(input));
}
