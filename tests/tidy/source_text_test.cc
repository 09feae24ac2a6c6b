#include "tests/tidy/source_text.h"

#include <doctest/doctest.h>

namespace kith::tidy {
namespace {

TEST_CASE("comments, literals and directives are no code") {
  CHECK(code_only("a; // {\nb") == "a;     \nb");
  CHECK(code_only("a /* { */ b") == "a         b");
  CHECK(code_only(R"(f("{\"", '{', 1'000);)") == "f(     ,    , 1'000);");
  CHECK(code_only("R\"x({)\")x\" b") == "R          b");
  CHECK(code_only("#define A { \\\n {\nb") == "             \n  \nb");
}

TEST_CASE("functions are found with their lines") {
  const auto functions = functions_of(
      "namespace a {\n"
      "struct B {\n"
      "  int c() const { return 1; }\n"
      "  int d = 2;\n"
      "};\n"
      "B::B(int e)\n"
      "    : e_(e) {\n"
      "  auto f = [](int g) {\n"
      "    return g;\n"
      "  };\n"
      "}\n"
      "}\n");
  REQUIRE(functions.size() == 2);
  CHECK(functions[0].first_line == 3);
  CHECK(functions[0].last_line == 3);
  CHECK(functions[1].first_line == 6);
  CHECK(functions[1].last_line == 11);
}

}  // namespace
}  // namespace kith::tidy
