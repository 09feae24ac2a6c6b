// A watcher's copy of a board: which frames fit it, and what it then shows.
#include "bench/board_copy.h"

#include <doctest/doctest.h>

namespace kith::bench {
namespace {

class Watcher {
 public:
  void take(std::string_view answer) { copy.take(parsed(answer)); }
  BoardCopy::Fit apply(std::string_view frame) { return copy.apply(parsed(frame)); }

  BoardCopy copy;

 private:
  simdjson::dom::element parsed(std::string_view text) {
    return parser_.parse(text.data(), text.size()).value();
  }
  simdjson::dom::parser parser_;
};

constexpr std::string_view kWhole =
    R"({"revision":7,"total":2,"entries":[{"rank":1,"user_id":"usr_a","score":9},)"
    R"({"rank":2,"user_id":"usr_b","score":-3}]})";

TEST_CASE("changes that build on the copy are put in at their ranks") {
  Watcher watcher;
  CHECK_FALSE(watcher.copy.whole());
  watcher.take(kWhole);
  CHECK(watcher.copy.whole());
  CHECK(watcher.copy.entries() == std::vector<BoardEntry>{{"usr_a", 9}, {"usr_b", -3}});
  CHECK(watcher.apply(R"({"base":7,"revision":9,"total":3,"entries":[)"
                      R"({"rank":2,"user_id":"usr_c","score":4},)"
                      R"({"rank":3,"user_id":"usr_b","score":-3}]})") == BoardCopy::Fit::applied);
  CHECK(watcher.copy.revision() == 9);
  CHECK(watcher.copy.entries() ==
        std::vector<BoardEntry>{{"usr_a", 9}, {"usr_c", 4}, {"usr_b", -3}});
  // Who hides leaves the board shorter.
  CHECK(watcher.apply(R"({"base":9,"revision":10,"total":2,"entries":[]})") ==
        BoardCopy::Fit::applied);
  CHECK(watcher.copy.entries().size() == 2);
}

TEST_CASE("an old frame is passed over, and one that builds on another copy makes this one void") {
  Watcher watcher;
  CHECK(watcher.apply(R"({"base":6,"revision":7,"total":0,"entries":[]})") == BoardCopy::Fit::old);
  watcher.take(kWhole);
  CHECK(watcher.apply(R"({"base":3,"revision":7,"total":0,"entries":[]})") == BoardCopy::Fit::old);
  CHECK(watcher.copy.entries().size() == 2);
  CHECK(watcher.apply(R"({"base":8,"revision":9,"total":0,"entries":[]})") ==
        BoardCopy::Fit::misfit);
  CHECK_FALSE(watcher.copy.whole());
  // Until the new copy comes, nothing is built on the old one.
  CHECK(watcher.apply(R"({"base":7,"revision":10,"total":0,"entries":[]})") == BoardCopy::Fit::old);
  CHECK(watcher.copy.entries().size() == 2);
}

TEST_CASE("ranks that are none are left out") {
  Watcher watcher;
  watcher.take(R"({"revision":1,"total":500,"entries":[{"rank":0,"user_id":"usr_a","score":1},)"
               R"({"rank":101,"user_id":"usr_b","score":1},{"user_id":"usr_c"}]})");
  CHECK(watcher.copy.entries().empty());
}

}  // namespace
}  // namespace kith::bench
