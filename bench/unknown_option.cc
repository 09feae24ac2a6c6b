#include "bench/unknown_option.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/close_names.h"

namespace kith::bench {
namespace {

constexpr std::string_view kDashes = "--";

std::vector<std::string> long_names(const CLI::App& command) {
  std::vector<std::string> out;
  for (const CLI::Option* option : command.get_options()) {
    const auto& names = option->get_lnames();
    out.insert(out.end(), names.begin(), names.end());
  }
  return out;
}

std::string closest(const std::vector<std::string>& names, std::string_view wanted) {
  // Two letters that changed places (`ulr`) are two edits; but not a whole name may be anew.
  const std::size_t most = std::min(wanted.size() - 1, std::max<std::size_t>(2, wanted.size() / 3));
  std::pair<std::size_t, std::string> found{most + 1, {}};
  for (const std::string& name : names) {
    // Half of a name (`connect` for connect-rate) is closer than any typing error.
    const std::size_t edits = name.starts_with(wanted) ? 0 : edits_between(name, wanted);
    if (edits < found.first) found = {edits, name};
  }
  return found.second;
}

}  // namespace

std::optional<std::string> unknown_option(const CLI::App& app, int argc, const char* const* argv) {
  const auto commands = app.get_subcommands();
  if (commands.empty()) return std::nullopt;
  const CLI::App& command = *commands.front();
  const auto names = long_names(command);
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (!word.starts_with(kDashes) || word == kDashes) continue;
    word = word.substr(kDashes.size(), word.find('=') - kDashes.size());
    if (word.empty()) continue;  // "--=": CLI11's to name
    if (std::find(names.begin(), names.end(), word) != names.end()) continue;
    const std::string close = closest(names, word);
    return fmt::format("{0} has no option --{1}{2}; `kith-bench {0} --help` lists all",
                       command.get_name(), word,
                       close.empty() ? "" : fmt::format(": did you mean --{}?", close));
  }
  return std::nullopt;
}

}  // namespace kith::bench
