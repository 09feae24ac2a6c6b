// A test about the code itself: which folder may include which, and how long things may be. What it
// counts is a heuristic that errs towards silence, so that what it says is always worth a change.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tidy/source_text.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLinesMax = 300;
constexpr std::size_t kLineColumnsMax = 100;
constexpr std::size_t kFunctionLinesMax = 70;

fs::path root() {
  return fs::path(__FILE__).parent_path().parent_path().parent_path();
}

struct Source {
  std::string name;  // from the root, with slashes
  std::string folder;
  std::string text;
  std::vector<std::string> lines;
};

std::vector<Source> read_sources() {
  std::vector<Source> out;
  for (const char* folder : {"protocol", "engine", "storage", "gateway", "bench", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();
      Source source{.name = fs::relative(entry.path(), root()).generic_string(),
                    .folder = folder,
                    .text = text.str(),
                    .lines = {}};
      std::istringstream lines(source.text);
      for (std::string line; std::getline(lines, line);) source.lines.push_back(line);
      out.push_back(std::move(source));
    }
  }
  std::sort(out.begin(), out.end(),
            [](const Source& left, const Source& right) { return left.name < right.name; });
  return out;
}

const std::vector<Source>& sources() {
  static const std::vector<Source> all = read_sources();
  return all;
}

void complain(const Source& source, std::size_t line, const std::string& what) {
  FAIL_CHECK(source.name << ":" << line << ": " << what);
}

bool starts_with_any(const std::string& text, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return text.starts_with(prefix); });
}

// Where the concrete adapters are named (ARCHITECTURE section 1): the program, not the library.
bool names_adapters(const Source& source) {
  return source.name == "gateway/main.cc" || source.name.starts_with("gateway/commands");
}

std::set<std::string> may_include(const Source& source) {
  static const std::map<std::string, std::set<std::string>> allowed = {
      {"protocol", {"protocol"}},
      {"engine", {"protocol", "engine"}},
      {"storage", {"protocol", "engine", "storage"}},
      {"gateway", {"protocol", "engine", "gateway"}},
      {"bench", {"protocol", "bench"}},
      {"tests", {"protocol", "engine", "storage", "gateway", "bench", "tests"}}};
  auto out = allowed.at(source.folder);
  if (names_adapters(source)) out.insert("storage");
  // The rest of bench/ knows the server by its wire alone; these measure its inside.
  if (source.name.starts_with("bench/micro/")) out.insert({"engine", "gateway"});
  return out;
}

// Headers of others that a folder must not know of.
std::vector<std::string> must_not_include(const Source& source) {
  const std::string& folder = source.folder;
  static const std::vector<std::string> sockets = {"boost/", "asio", "sys/socket.h", "netinet/"};
  static const std::vector<std::string> databases = {"sqlite3.h", "libpq", "hiredis"};
  static const std::vector<std::string> engine = {
      "asio",    "beast",    "sys/socket.h", "netinet/",   "sqlite3.h", "libpq",
      "hiredis", "openssl/", "sodium",       "prometheus", "spdlog",    "toml"};
  if (folder == "protocol" || folder == "engine") return engine;
  // The link to Redis is a socket of the store's own (ARCHITECTURE section 2.13).
  if (source.name.starts_with("storage/redis_")) return {};
  if (folder == "storage") return sockets;
  // bench/limit holds the bare databases that the store is measured against.
  if (source.name.starts_with("bench/limit/")) return {};
  if (folder == "gateway" || folder == "bench") return databases;
  return {};
}

TEST_CASE("includes go one way: protocol <- engine <- storage | gateway") {
  for (const Source& source : sources()) {
    const auto allowed = may_include(source);
    const auto forbidden = must_not_include(source);
    for (std::size_t number = 1; number <= source.lines.size(); ++number) {
      const std::string& line = source.lines[number - 1];
      if (!line.starts_with("#include ") || line.size() < 12) continue;
      const std::string header = line.substr(10, line.find_first_of("\">", 10) - 10);
      if (line[9] == '<') {
        if (starts_with_any(header, forbidden)) {
          complain(source, number, source.folder + " must not know of <" + header + ">");
        }
      } else if (header.find('/') != std::string::npos &&  // else: of its own folder
                 !allowed.contains(header.substr(0, header.find('/')))) {
        complain(source, number, source.folder + " must not include \"" + header + "\"");
      }
    }
  }
}

TEST_CASE("headers guard themselves") {
  for (const Source& source : sources()) {
    if (!source.name.ends_with(".h")) continue;
    const bool guarded =
        std::find(source.lines.begin(), source.lines.end(), "#pragma once") != source.lines.end();
    if (!guarded) complain(source, 1, "no #pragma once");
  }
}

TEST_CASE("files and lines stay short, without tabs and notes to oneself") {
  // Put together here, so that this file does not hold them.
  const std::vector<std::string> notes = {std::string("TO") + "DO", std::string("FIX") + "ME"};
  for (const Source& source : sources()) {
    if (source.lines.size() > kFileLinesMax) {
      complain(source, source.lines.size(), std::to_string(source.lines.size()) + " lines");
    }
    for (std::size_t number = 1; number <= source.lines.size(); ++number) {
      const std::string& line = source.lines[number - 1];
      // Characters, not bytes: continuation bytes of UTF-8 take no column.
      const auto columns = static_cast<std::size_t>(
          std::count_if(line.begin(), line.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
      if (columns > kLineColumnsMax) complain(source, number, "more than 100 columns");
      if (line.find('\t') != std::string::npos) complain(source, number, "a tab");
      if (line.ends_with('\r')) complain(source, number, "a carriage return");
      for (const std::string& note : notes) {
        if (line.find(note) != std::string::npos) complain(source, number, note);
      }
    }
    if (!source.text.ends_with('\n'))
      complain(source, source.lines.size(), "no newline at the end");
  }
}

TEST_CASE("functions stay short") {
  for (const Source& source : sources()) {
    for (const kith::tidy::Function& function : kith::tidy::functions_of(source.text)) {
      const std::size_t lines = function.last_line - function.first_line + 1;
      if (lines <= kFunctionLinesMax) continue;
      complain(source, function.first_line, "a function of " + std::to_string(lines) + " lines");
    }
  }
}

// Whoever can compute a table's hash can fill one bucket of it (protocol/keyed_hash.h). Ids have a
// keyed hash of their own, and numbers are ours.
TEST_CASE("the product's hash tables that are keyed by text have a hash that nobody can compute") {
  for (const Source& source : sources()) {
    if (source.folder == "bench" || source.folder == "tests") continue;
    for (std::size_t number = 1; number <= source.lines.size(); ++number) {
      const std::string& line = source.lines[number - 1];
      if (line.find("std::hash<std::string") != std::string::npos) {
        complain(source, number, "a hash of text without a key");
      }
      for (const char* table : {"unordered_map<std::string", "unordered_set<std::string"}) {
        if (line.find(table) == std::string::npos) continue;
        const std::string next = number < source.lines.size() ? source.lines[number] : "";
        if ((line + next).find("KeyedTextHash") != std::string::npos) continue;
        complain(source, number, "a table of texts without KeyedTextHash");
      }
    }
  }
}

TEST_CASE("the top level holds what it should and nothing else") {
  const std::set<std::string> allowed = {
      "CMakeLists.txt", "CMakePresets.json", "LICENSE",  "README.md", "bench", "conf", "dev",
      "engine",         "gateway",           "protocol", "storage",   "tests"};
  for (const auto& entry : fs::directory_iterator(root())) {
    const std::string name = entry.path().filename().string();
    const bool ignored = name.starts_with('.') || name.starts_with("build") || name == "data" ||
                         name == "compile_commands.json";
    CHECK_MESSAGE((ignored || allowed.contains(name)), "unexpected at the top level: " << name);
  }
}

}  // namespace
