// Wrong configurations (RELIABILITY F32), given to the program as an operator would: it ends at
// once with 78 and one line that names the key (or the file) and the reason, and nothing has been
// made or opened. Which values a key takes is tests/gateway/config_test.cc's subject.
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/sanitized.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

constexpr int kExitConfig = 78;
constexpr Clock::duration kRefusedWithin = kSanitized ? Clock::duration(kPatience) : 1s;

struct Wrong {
  std::string name;
  std::string file;                    // of kithd.toml; "-": none
  std::vector<std::string> arguments;  // {dir} stands for the test's directory
  std::vector<std::pair<std::string, std::string>> environment;
  std::string key;     // that the line names
  std::string reason;  // that the line gives
};

const std::string kSecret(40, 's');

const std::vector<Wrong> kWrong = {
    // The file.
    {"no file", "-", {"--config", "{dir}/none.toml"}, {}, "none.toml", "no such file"},
    {"a directory", "-", {"--config", "{dir}"}, {}, "{dir}", "is a directory"},
    {"half a table", "[limits", {}, {}, "kithd.toml:1", "not TOML"},
    {"a bad line further down", "shards = 1\n\nlisten 1\n", {}, {}, "kithd.toml:3", "not TOML"},
    {"twice the same key", "shards = 1\nshards = 2\n", {}, {}, "kithd.toml:2", "not TOML"},
    {"not UTF-8", "listen = \"\xff\"", {}, {}, "kithd.toml:1", "not TOML"},
    {"JSON", "{\"shards\": 1}", {}, {}, "kithd.toml:1", "not TOML"},
    {"more than a file should be", std::string(2 << 20, '#'), {}, {}, "kithd.toml", "1 MiB"},
    // Keys that there are not.
    {"unknown", "nonsense = 1", {}, {}, "nonsense", "unknown key"},
    {"unknown in a section", "[limits]\nbody_byte = 1", {}, {}, "limits.body_byte", "unknown key"},
    {"unknown section", "[limit]\nbody_bytes = 4096", {}, {}, "limit", "unknown key"},
    {"another case", "Shards = 1", {}, {}, "Shards", "unknown key"},
    {"a section as key", "limits = 1", {}, {}, "limits", "is a section"},
    {"a key as section", "[shards]\nn = 1", {}, {}, "shards", "is a key"},
    {"--set unknown", "", {"--set", "auth.secrets=x"}, {}, "auth.secrets", "unknown key"},
    {"--set without value", "", {"--set", "shards"}, {}, "--set", "must be section.key=value"},
    {"--set of nothing", "", {"--set", "=1"}, {}, "--set", "unknown key"},
    {"environment", "", {}, {{"KITH_LIMITS_BODY", "1"}}, "KITH_LIMITS_BODY", "unknown key"},
    // Kinds and ranges.
    {"text for a number", "shards = \"2\"", {}, {}, "shards", "must be"},
    {"number for a text", "listen = 8080", {}, {}, "listen", "must be"},
    {"fraction", "shards = 1.5", {}, {}, "shards", "must be"},
    {"boolean of sorts", "listen_in_clear = \"yes\"", {}, {}, "listen_in_clear", "must be"},
    {"list of numbers", "trusted_proxies = [1]", {}, {}, "trusted_proxies", "must be"},
    {"negative", "", {"--set", "shards=-1"}, {}, "shards", "must be"},
    {"too many", "", {"--set", "shards=257"}, {}, "shards", "must be"},
    {"beyond 64 bits", "", {"--set", "shards=18446744073709551617"}, {}, "shards", "must be"},
    {"empty", "", {"--set", "limits.frame_bytes="}, {}, "limits.frame_bytes", "must be"},
    {"from outside", "", {}, {{"KITH_SHARDS", "two"}}, "shards", "must be"},
    {"log level", "[log]\nlevel = \"loud\"", {}, {}, "log.level", "must be"},
    {"no readers", "[storage]\nreader_threads = 0", {}, {}, "storage.reader_threads", "must be"},
    // Addresses.
    {"no address", "", {"--listen", "here"}, {}, "listen", "--listen"},
    {"no port", "", {"--listen", "127.0.0.1"}, {}, "listen", "--listen"},
    {"port", "", {"--listen", "127.0.0.1:70000"}, {}, "listen", "--listen"},
    {"a name", "", {"--listen", "example.com:80"}, {}, "listen", "--listen"},
    {"public, in the clear", "", {"--listen", "0.0.0.0:0"}, {}, "listen_in_clear", "in the clear"},
    {"public IPv6", "listen = \"[::]:8080\"", {}, {}, "listen_in_clear", "in the clear"},
    {"proxies", "trusted_proxies = [\"10.0.0.0/33\"]", {}, {}, "trusted_proxies", "must list"},
    // Secrets and keys.
    {"short secret", "", {"--set", "auth.secret=hunter2"}, {}, "auth.secret", "at least 32 bytes"},
    {"lazy secret", "[auth]\nsecret = \"" + kSecret + '"', {}, {}, "auth.secret", "be random"},
    {"by environment", "", {}, {{"KITH_AUTH_SECRET", "hunter2"}}, "auth.secret", "32 bytes"},
    {"no algorithm", "", {"--set", "auth.algorithm=none"}, {}, "auth.algorithm", "must be"},
    {"no key", "", {"--set", "auth.algorithm=ES256"}, {}, "auth.algorithm", "private_key_file"},
    {"key without use",
     "[auth]\nprivate_key_file = \"k\"",
     {},
     {},
     "auth.private_key_file",
     "HS256"},
    {"no such key",
     "",
     {"--set", "auth.algorithm=ES256", "--set", "auth.private_key_file={dir}/none.pem"},
     {},
     "none.pem",
     "no such file"},
    {"key that is none",
     "",
     {"--set", "auth.algorithm=RS256", "--set", "auth.private_key_file={dir}/kithd.toml"},
     {},
     "kithd.toml",
     "PEM"},
    // What contradicts itself, or is not in this build.
    {"no room", "[limits]\noutbound_bytes = 65536", {}, {}, "limits.outbound_bytes", "too small"},
    {"frames", "[limits]\nframe_bytes = 999999", {}, {}, "limits.outbound_bytes", "too small"},
    {"storage", "", {"--set", "storage.url=mysql://u:hunter2@h/d"}, {}, "storage.url", "must be"},
    {"Postgres", "", {"--set", "storage.url=postgres:u:hunter2@h/d"}, {}, "storage.url", "must be"},
    {"bus", "", {"--set", "bus.url=nats://:hunter2@h"}, {}, "bus.url", "must be"},
    {"bus's port", "", {"--set", "bus.url=redis://:hunter2@h:0"}, {}, "bus.url", "a port"},
    {"bus's authorities",
     "",
     {"--set", "bus.url=rediss://:hunter2@h", "--set", "bus.ca_file={dir}/kithd.toml"},
     {},
     "bus.ca_file",
     "PEM"},
    {"any origin",
     "[gateway]\nallowed_origins = [\"*\"]",
     {},
     {},
     "gateway.allowed_origins",
     "no wildcard"},
    {"no data", "data = \"\"", {}, {}, "data", "must name a directory"},
};

std::string with_directory(std::string text, const std::string& directory) {
  const auto at = text.find("{dir}");
  return at == std::string::npos ? text : text.replace(at, 5, directory);
}

bool names_data(const Wrong& wrong) {
  return wrong.key == "data";
}

std::vector<std::string> command_of(const Wrong& wrong, const std::filesystem::path& directory) {
  const std::string here = directory.string();
  const auto file = directory / "kithd.toml";
  std::vector<std::string> command = {kithd()};
  if (!names_data(wrong)) command.insert(command.end(), {"--data", here + "/data"});
  if (wrong.file != "-") {
    write_file(file, wrong.file);
    ::chmod(file.c_str(), 0600);
    command.insert(command.end(), {"--config", file.string()});
  }
  for (const auto& argument : wrong.arguments) command.push_back(with_directory(argument, here));
  return command;
}

Clock::duration refuse(const Wrong& wrong) {
  const TemporaryDirectory directory;
  const std::string here = directory.path().string();
  const std::vector<std::string> command = command_of(wrong, directory.path());
  const auto begun = Clock::now();
  const Output output = run(command, wrong.environment);
  const auto took = Clock::now() - begun;
  CAPTURE(output.err);
  CHECK(output.status == kExitConfig);
  CHECK(std::ranges::count(output.err, '\n') == 1);
  CHECK(output.err.find(with_directory(wrong.key, here)) != std::string::npos);
  CHECK(output.err.find(wrong.reason) != std::string::npos);
  CHECK(output.err.find("hunter2") == std::string::npos);
  CHECK(output.err.find(kSecret) == std::string::npos);
  CHECK(output.out.empty());
  // The data directory is touched only where the key's own file comes to be looked at.
  CHECK_FALSE(std::filesystem::exists(here + "/data/signing_secret"));
  return took;
}

TEST_CASE("wrong configurations end with 78 and one line: key and reason, and never the value") {
  CHECK(kWrong.size() >= 40);
  for (const Wrong& wrong : kWrong) {
    CAPTURE(wrong.name);
    Clock::duration took = refuse(wrong);
    // A machine that is busy for a moment is not our slowness; what is slow twice is.
    if (took >= kRefusedWithin) took = std::min(took, refuse(wrong));
    CHECK(took < kRefusedWithin);
  }
}

TEST_CASE("a secret in the data directory that others may read, or that is too short, is refused") {
  for (const auto& [mode, bytes] : {std::pair<mode_t, std::size_t>{0644, 32}, {0600, 31}}) {
    CAPTURE(bytes);
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    std::filesystem::create_directory(data);
    write_file(data / "signing_secret", std::string(bytes, 'k'));
    REQUIRE(::chmod((data / "signing_secret").c_str(), mode) == 0);
    const auto address = "127.0.0.1:" + std::to_string(free_port());
    const Output output = run({kithd(), "--data", data.string(), "--listen", address});
    CAPTURE(output.err);
    CHECK(output.status == kExitConfig);
    CHECK(std::ranges::count(output.err, '\n') == 1);
    CHECK(output.err.find("signing_secret") != std::string::npos);
  }
}

}  // namespace
}  // namespace kith::test
