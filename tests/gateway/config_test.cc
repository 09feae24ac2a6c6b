#include "gateway/config.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "gateway/config_keys.h"

namespace kith {
namespace {

// A configuration file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("kith-config-" + std::to_string(::getpid()) + ".toml")) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Result<Config> load_text(const std::string& text) {
  const TemporaryFile file(text);
  return load_config({.file = file.path(), .environment = {}, .assignments = {}});
}

Result<Config> load_set(const std::string& assignment) {
  return load_config({.file = {}, .environment = {}, .assignments = {{.text = assignment}}});
}

Result<Config> load_environment(const std::string& name, const std::string& value) {
  return load_config({.file = {}, .environment = {{name, value}}, .assignments = {}});
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string shipped_file() {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../conf/kithd.toml";
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  REQUIRE(!text.str().empty());
  return text.str();
}

}  // namespace

TEST_CASE("without any source the defaults hold") {
  const auto config = load_config({});
  REQUIRE(config);
  CHECK(config->listen == "127.0.0.1:8080");
  CHECK(config->limits.messages_per_minute == 600);
  CHECK(config->limits.sockets_per_user >= 16);
  CHECK(config->auth.password_queue >= 128);
  CHECK(config->gateway.ping_interval_s == 25);
  CHECK(config->gateway.ping_timeout_s == 8);
  CHECK(storage_url(*config) == "sqlite:./data");
  CHECK(shard_count(*config) >= 1);
  CHECK(writer_thread_count(*config) == std::min(shard_count(*config), 2U));
}

TEST_CASE("the environment wins over the file, --set over both") {
  const TemporaryFile file(
      "shards = 2\n[limits]\nmessages_per_minute = 1\nbody_bytes = 2048\n"
      "sockets_per_user = 17\n[gateway]\nallowed_origins = [\"https://a.example\"]\n");
  const auto config =
      load_config({.file = file.path(),
                   .environment = {{"KITH_LIMITS_MESSAGES_PER_MINUTE", "2"},
                                   {"KITH_LIMITS_BODY_BYTES", "4096"},
                                   {"KITH_SHARDS", "3"},
                                   {"PATH", "/bin"},
                                   {"KITH_SOMETHING_ELSE", "x"},
                                   {"KITHE_LIMITS_TYPO", "x"}},
                   .assignments = {{.text = "limits.messages_per_minute=3"},
                                   {.text = "trusted_proxies=127.0.0.1, ::1/128"}}});
  REQUIRE(config);
  CHECK(config->shards == 3);
  CHECK(config->limits.messages_per_minute == 3);
  CHECK(config->limits.body_bytes == 4096);
  CHECK(config->limits.sockets_per_user == 17);
  CHECK(config->gateway.allowed_origins == std::vector<std::string>{"https://a.example"});
  CHECK(config->trusted_proxies == std::vector<std::string>{"127.0.0.1", "::1/128"});
}

TEST_CASE("an empty file is a good one") {
  CHECK(load_text(""));
}

namespace {

struct Bad {
  std::string text;
  std::string key;  // that the line names
};
const std::vector<Bad> kBadFiles = {
    {"nonsense = 1", "nonsense"},
    {"[nonsense]\nx = 1", "nonsense"},
    {"[limits]\nnonsense = 1", "limits.nonsense"},
    {"[limits]\nmessages_per_minutes = 1", "limits.messages_per_minutes"},
    {"[Limits]\nbody_bytes = 2048", "Limits"},
    {"messages_per_minute = 1", "messages_per_minute"},
    {"limits = 5", "limits"},
    {"[shards]\nx = 1", "shards"},
    {"[limits.deeper]\nx = 1", "limits.deeper"},
    {"[[limits]]\nbody_bytes = 2048", "limits"},
    {"shards = ", "not TOML"},
    {"shards = 1\nshards = 2", "not TOML"},
    {"[limits", "not TOML"},
    {"shards = 99999999999999999999", "not TOML"},
    {"listen = \"\xff\"", "not TOML"},
    {"shards = -1", "shards"},
    {"shards = 257", "shards"},
    {"shards = 1.0", "shards"},
    {"shards = \"2\"", "shards"},
    {"shards = true", "shards"},
    {"shards = 2024-01-01", "shards"},
    {"listen = 8080", "listen"},
    {"listen = \"8080\"", "listen"},
    {"listen = \"example.com:8080\"", "listen"},
    {"listen = \"127.0.0.1:65536\"", "listen"},
    {"listen = \"127.0.0.1:-1\"", "listen"},
    {"listen = \"::1:8080\"", "listen"},
    {"listen = \"0.0.0.0:8080\"", "listen_in_clear"},
    {"listen = \"[::]:8080\"", "listen_in_clear"},
    {"listen = \"10.1.2.3:8080\"\nlisten_in_clear = false", "listen_in_clear"},
    {"listen_in_clear = 1", "listen_in_clear"},
    {"listen_in_clear = \"yes\"", "listen_in_clear"},
    {"data = \"\"", "data"},
    {"data = \"a\\nb\"", "data"},
    {"trusted_proxies = \"127.0.0.1\"", "trusted_proxies"},
    {"trusted_proxies = [\"10.0.0.0/33\"]", "trusted_proxies"},
    {"trusted_proxies = [\"proxy.example\"]", "trusted_proxies"},
    {"trusted_proxies = [1]", "trusted_proxies"},
    {"[storage]\nurl = \"mysql://x\"", "storage.url"},
    {"[storage]\nurl = \"sqlite:\"", "storage.url"},
    {"[storage]\nurl = \"postgres:u:hunter2hunter2@h/d\"", "storage.url"},
    {"[storage]\nurl = \"postgres://u:hunter2hunter2@h\\n/d\"", "storage.url"},
    {"[storage]\nwriter_threads = 65", "storage.writer_threads"},
    {"[storage]\naccept_acked_loss = \"yes\"", "storage.accept_acked_loss"},
    {"[storage]\nreader_threads = 0", "storage.reader_threads"},
    {"[storage]\nlog_keep_events = 1", "storage.log_keep_events"},
    {"[bus]\nurl = \"nats://:hunter2hunter2@h\"", "bus.url"},
    {"[bus]\nurl = \"redis://:hunter2hunter2@h:70000\"", "bus.url"},
    {"[bus]\nurl = \"redis://hunter2hunter2@h\"", "bus.url"},
    {"[bus]\nurl = \"redis://:hunter2@hunter2@h\"", "bus.url"},
    {"[bus]\nurl = \"redis://:hunter2hunter2@h/1\"", "bus.url"},
    {"[bus]\nurl = \"redis://h\"\nca_file = \"ca.pem\"", "bus.ca_file"},
    {"[auth]\nalgorithm = \"none\"", "auth.algorithm"},
    {"[auth]\nalgorithm = \"hs256\"", "auth.algorithm"},
    {"[auth]\nalgorithm = \"ES256\"", "auth.private_key_file"},
    {"[auth]\nprivate_key_file = \"k.pem\"", "auth.private_key_file"},
    {"[auth]\npublic_key_file = \"k.pem\"", "auth.public_key_file"},
    {"[auth]\nsecret = \"hunter2hunter2\"", "auth.secret"},
    {"[auth]\nsecret = \"hunter2hunter2hunter2hunter2hun\"", "auth.secret"},
    {"[auth]\nsecret = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"", "auth.secret"},
    {"[auth]\nissuer = \"\"", "auth.issuer"},
    {"[auth]\naccess_minutes = 0", "auth.access_minutes"},
    {"[auth]\nrefresh_days = 366", "auth.refresh_days"},
    {"[auth]\npassword_min = 7", "auth.password_min"},
    {"[auth]\npassword_threads = 0", "auth.password_threads"},
    {"[limits]\nframe_bytes = 1023", "limits.frame_bytes"},
    {"[limits]\nframe_bytes = 200000", "limits.outbound_bytes"},
    {"[limits]\noutbound_bytes = 0", "limits.outbound_bytes"},
    {"[limits]\noutbound_bytes = 100000", "limits.outbound_bytes"},
    {"[limits]\nmemory_mib = 64", "limits.memory_mib"},
    {"[limits]\nchannels_per_socket = 0", "limits.channels_per_socket"},
    {"[limits]\nheader_bytes = 1000000", "limits.header_bytes"},
    {"[gateway]\nping_interval_s = 0", "gateway.ping_interval_s"},
    {"[gateway]\nallowed_origins = [\"*\"]", "gateway.allowed_origins"},
    {"[gateway]\nallowed_origins = [\"null\"]", "gateway.allowed_origins"},
    {"[gateway]\nallowed_origins = [\"https://a.example/\"]", "gateway.allowed_origins"},
    {"[gateway]\nallowed_origins = [\"https://A.example\"]", "gateway.allowed_origins"},
    {"[gateway]\nallowed_origins = [\"https://*.example\"]", "gateway.allowed_origins"},
    {"[gateway]\nallowed_origins = [\"https://a.example:0\"]", "gateway.allowed_origins"},
    {"[gateway]\nallowed_origins = [\"https://\"]", "gateway.allowed_origins"},
    {"[log]\nlevel = \"loud\"", "log.level"},
    {"[log]\nlevel = 3", "log.level"},
};

}  // namespace

TEST_CASE("bad configuration files are refused in one line with file, key and reason") {
  CHECK(kBadFiles.size() >= 40);
  for (const auto& bad : kBadFiles) {
    CAPTURE(bad.text);
    const TemporaryFile file(bad.text);
    const auto config = load_config({.file = file.path(), .environment = {}, .assignments = {}});
    REQUIRE_FALSE(config);
    const auto& line = config.error().message;
    CAPTURE(line);
    CHECK(holds(line, bad.key));
    CHECK((holds(line, file.path()) || holds(line, "default: limits.outbound_bytes")));
    CHECK_FALSE(holds(line, "\n"));
    CHECK_FALSE(holds(line, "hunter2"));
    CHECK(line.size() < 300);
  }
}

TEST_CASE("a configuration file that cannot be read is refused") {
  const auto directory = std::filesystem::temp_directory_path().string();
  for (const auto& path : {std::string("/nonexistent/kithd.toml"), directory}) {
    CAPTURE(path);
    const auto config = load_config({.file = path, .environment = {}, .assignments = {}});
    REQUIRE_FALSE(config);
    CHECK(holds(config.error().message, path));
  }
}

TEST_CASE("bad --set and environment are refused by name, without the value") {
  for (const auto* text :
       {"shards", "shards=", "shards=two", "shards=0x2", "shards=+2", "shards= 2", "shards=1e1",
        "limits.typo=1", "typo.key=1", "=1", "listen_in_clear=yes", "listen_in_clear=TRUE",
        "auth.secret=hunter2", "listen=0.0.0.0:80", "trusted_proxies=10.0.0.0/8,,", "limits=1",
        "limits.body_bytes=99999999999999999999999"}) {
    CAPTURE(text);
    const auto config = load_set(text);
    REQUIRE_FALSE(config);
    CHECK(config.error().message.starts_with("--set: "));
    CHECK_FALSE(holds(config.error().message, "hunter2"));
  }
  for (const auto* name : {"KITH_LIMITS_TYPO", "KITH_AUTH_", "KITH_GATEWAY_X", "KITH_LOG_LEVELS",
                           "KITH_LIMITS_BODY_BYTES", "KITH_SHARDS", "KITH_AUTH_SECRET"}) {
    CAPTURE(name);
    const auto config = load_environment(name, "hunter2");
    REQUIRE_FALSE(config);
    CHECK(holds(config.error().message, name));
    CHECK_FALSE(holds(config.error().message, "hunter2"));
  }
}

TEST_CASE("a listen address beyond loopback needs the operator's word") {
  CHECK(load_set("listen=127.0.0.1:0"));
  CHECK(load_set("listen=127.9.9.9:80"));
  CHECK(load_set("listen=[::1]:80"));
  CHECK(load_set("listen=localhost:80"));
  CHECK(load_config({.file = {},
                     .environment = {{"KITH_LISTEN_IN_CLEAR", "true"}},
                     .assignments = {{.text = "listen=0.0.0.0:80"}}}));
}

TEST_CASE("conf/kithd.toml documents every key with its default") {
  const std::string shipped = shipped_file();
  CHECK(load_text(shipped));

  std::istringstream lines(shipped);
  std::string uncommented;
  std::string line;
  std::string previous;
  while (std::getline(lines, line)) {
    const bool is_key = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    if (is_key) {
      CAPTURE(line);
      CHECK((previous.starts_with("#")));  // a paragraph stands above
    }
    uncommented += (is_key ? line.substr(1) : line) + "\n";
    previous = line;
  }
  const auto config = load_text(uncommented);
  REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().message));
  CHECK(describe_config(*config) == describe_config(Config{}));

  std::size_t at = 0;
  for (const auto& key : config_keys()) {
    CAPTURE(key.name);
    const auto dot = key.name.find('.');
    const auto bare = dot == std::string_view::npos ? key.name : key.name.substr(dot + 1);
    const auto found = shipped.find("\n#" + std::string(bare) + " = ", at);
    REQUIRE(found != std::string::npos);  // there, and in the table's order
    at = found;
    CHECK(shipped.substr(at).starts_with("\n#" + std::string(bare) + " = " +
                                         show_config_value(Config{}, key)));
  }
}

TEST_CASE("check-config shows what is set, and of secrets only that they are") {
  const auto config = load_set("auth.secret=0123456789abcdef0123456789abcdef");
  REQUIRE(config);
  const auto text = describe_config(*config);
  CHECK(holds(text, "auth.secret = (set)\n"));
  CHECK_FALSE(holds(text, "0123456789abcdef"));
  CHECK(holds(text, "listen = \"127.0.0.1:8080\"\n"));
}

}  // namespace kith
