// What to say of an option that a command does not have.
#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace kith::bench {

// Of a command line that `app` could not take: one line that names the first option that the
// command it names does not have, and the one that comes closest. None: all are known to it. CLI11
// by itself tells what is missing first, though a mistyped option is why, and all that it did not
// expect from behind, values too.
std::optional<std::string> unknown_option(const CLI::App& app, int argc, const char* const* argv);

}  // namespace kith::bench
