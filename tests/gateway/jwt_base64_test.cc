#include "gateway/jwt_base64.h"

#include <doctest/doctest.h>

namespace kith {

TEST_CASE("base64url has exactly one text per byte string") {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"),
                                   std::string("foo"), std::string("\0\xff\x10\x80", 4)}) {
    const auto text = base64url_encode(bytes);
    CHECK(base64url_decode(text) == bytes);
  }
  CHECK(base64url_encode("\xfb\xff") == "-_8");
  for (const auto* text : {"A", "AB", "AAB", "AA=", "AA==", "A A", "+A", "/A", "AA\n", "AAAAA"}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text));
  }
  CHECK(base64url_decode("AA") == std::string(1, '\0'));
}

}  // namespace kith
