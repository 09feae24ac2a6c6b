// An option that there is not: which one was meant?
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/bench/parsed_command_line.h"

namespace kith::bench {
namespace {

TEST_CASE("a mistyped option is named, and the one that was meant") {
  CHECK(parse("rooms", {"--duraton", "3"}).err ==
        "kith-bench: rooms has no option --duraton: did you mean --duration?; `kith-bench rooms "
        "--help` lists all\n");
  struct Typo {
    std::vector<std::string> command;
    const char* said;
  };
  const std::vector<Typo> all = {
      // What is missing is missing because of it.
      {{"rooms", "--ulr", "ws://a", "--seed-file", "s"}, "no option --ulr: did you mean --url?"},
      {{"idle", "--url", "ws://a", "--seed-file", "s", "--duraton=3"}, "did you mean --duration?"},
      {{"idle", "--url", "ws://a", "--seed-file", "s", "--connect", "3"}, "--connect"},
      {{"idle", "--url", "ws://a", "--seed-file", "s", "--x"}, "idle has no option --x; `kith"},
      {{"compare", "a", "b", "--jsn"}, "compare has no option --jsn; `kith"}};
  for (const Typo& typo : all) {
    CAPTURE(typo.said);
    const Parsed parsed = parse(typo.command);
    CAPTURE(parsed.err);
    CHECK(parsed.exit_code == 2);
    CHECK(parsed.err.find(typo.said) != std::string::npos);
    CHECK(std::count(parsed.err.begin(), parsed.err.end(), '\n') == 1);
  }
  // What is no option is CLI11's to name.
  CHECK(parse("rooms", {"loudly"}).err.find("loudly") != std::string::npos);
}

}  // namespace
}  // namespace kith::bench
