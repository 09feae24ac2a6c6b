// kith-check: the verdict on histories in files.
#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "tests/history/history_file.h"

namespace {

constexpr const char* kAbout =
    R"(Decides from what clients did and saw whether the server kept its promises.

Reads the histories that kith-bench --history and, where KITH_CHAOS_HISTORY names a directory, the
chaos tests write (JSON lines, one record each), several files as one history, and checks:

  C1   nothing acked is lost: it stands in the log at the end, and reached whoever follows it
  C2   nothing is stored twice; a retry is answered with the same number
  C3   the numbers of a log have no hole and no repeat
  C4   each connection sees a channel's events in order, none left out without a word
  C5   everybody sees the same message at the same number, or a newer edit, or its tombstone
  C6   nothing is seen that was refused or never sent; an unknown outcome stays what it was
  C7   a history shows what was acked before it was asked for
  C10  nothing reaches a user after the event that ended the right
  C11  presence and typing come to be true
  C14  memory, descriptors and queues stay within their limits
  C15  no crash, no sanitizer report
  C16  after each fault all is well by the deadline

Exit status: 0 whole, 1 a promise was broken, 2 the history cannot be read, or there is none.)";

constexpr int kCannotJudge = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kAbout, "kith-check"};
  std::vector<std::string> names;
  app.add_option("FILE", names, "histories of one run")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kCannotJudge;
  }
  try {
    const kith::test::HistoryFiles files({names.begin(), names.end()});
    const kith::test::Verdict verdict = kith::test::check(files);
    kith::test::print(std::cout, verdict, [&](std::uint64_t line) { return files.name_of(line); });
    return verdict.ok() ? 0 : 1;
  } catch (const std::runtime_error& error) {
    std::cerr << "kith-check: " << error.what() << '\n';
    return kCannotJudge;
  }
}
