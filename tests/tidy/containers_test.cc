// What is written down twice, because a container is built and started without ./dev: nothing else
// would notice that one of them was forgotten.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace {

using Words = std::set<std::string>;

std::string text_of_file(const char* name) {
  const auto top = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream file(top / name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  REQUIRE_MESSAGE(!text.str().empty(), name);
  return text.str();
}

// What stands between the first `begin` and the `end` behind it.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  REQUIRE_MESSAGE(from != std::string::npos, begin);
  const auto to = text.find(end, from + begin.size());
  REQUIRE_MESSAGE(to != std::string::npos, end);
  return text.substr(from + begin.size(), to - from - begin.size());
}

Words words_of(const std::string& text) {
  std::istringstream in(text);
  Words out;
  for (std::string word; in >> word;) out.insert(word);
  return out;
}

// The name of each key in the environment: "limits.body_bytes" is KITH_LIMITS_BODY_BYTES.
Words environment_names() {
  std::istringstream in(text_of_file("conf/kithd.toml"));
  const std::regex key(R"(^#([a-z_0-9]+) = .*)");
  const std::regex section(R"(^\[([a-z_.]+)\]$)");
  Words out;
  std::string prefix = "kith_";
  for (std::string line; std::getline(in, line);) {
    std::smatch found;
    std::string name;
    if (std::regex_match(line, found, section)) prefix = "kith_" + found[1].str() + "_";
    if (std::regex_match(line, found, key)) name = prefix + found[1].str();
    std::ranges::transform(name, name.begin(), [](unsigned char letter) {
      return letter == '.' ? '_' : static_cast<char>(std::toupper(letter));
    });
    if (!name.empty()) out.insert(name);
  }
  return out;
}

TEST_CASE("a container is built with the packages that ./dev installs for building") {
  const Words installed = words_of(
      between(text_of_file("conf/Containerfile"), "--no-install-recommends \\\n", "&& rm -rf"));
  const Words only_for_tests = {"ccache", "redis-server", "postgresql-15", "tzdata"};
  for (const auto& package : words_of(between(text_of_file("dev"), "build_packages=(\n", "\n)"))) {
    if (only_for_tests.contains(package)) continue;
    CHECK_MESSAGE(installed.contains(package), package);
  }
}

TEST_CASE("what the containers set in the environment are keys of the configuration") {
  const Words keys = environment_names();
  REQUIRE(keys.contains("KITH_LIMITS_BODY_BYTES"));
  const std::string compose = text_of_file("conf/compose.yaml");
  const std::string image = text_of_file("conf/Containerfile");
  std::size_t checked = 0;
  const auto check_all = [&](const std::string& text, const std::regex& setting) {
    for (std::sregex_iterator at(text.begin(), text.end(), setting), end; at != end; ++at) {
      CHECK_MESSAGE(keys.contains((*at)[1].str()), (*at)[1].str());
      ++checked;
    }
  };
  check_all(compose, std::regex(R"(\n +(KITH_[A-Z_]+): )"));
  check_all(image, std::regex(R"([ \n](KITH_[A-Z_]+)=)"));
  CHECK(checked >= 6);
}

TEST_CASE("a container has the time to drain that the unit of systemd gives") {
  const auto seconds = [](const std::string& text) { return std::stoi(text); };
  const int unit = seconds(between(text_of_file("conf/kithd.service"), "\nTimeoutStopSec=", "\n"));
  const int container =
      seconds(between(text_of_file("conf/compose.yaml"), "\n  stop_grace_period: ", "s"));
  CHECK(container == unit);
}

}  // namespace
