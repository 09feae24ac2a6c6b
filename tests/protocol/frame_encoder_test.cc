#include "tests/protocol/frame_support.h"

namespace kith {

using namespace test;

TEST_CASE("headers take the shortest form of the length") {
  const auto header = [](std::size_t bytes) {
    std::string out = "x";
    append_frame_header(out, Opcode::text, bytes);
    CHECK(out.size() <= 1 + kFrameHeaderBytesMax);
    return out.substr(1);
  };
  using namespace std::string_literals;
  CHECK(header(0) == "\x81\x00"s);
  CHECK(header(125) == "\x81\x7D"s);
  CHECK(header(126) == "\x81\x7E\x00\x7E"s);
  CHECK(header(65535) == "\x81\x7E\xFF\xFF"s);
  CHECK(header(65536) == "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
  std::string pong;
  append_frame_header(pong, Opcode::pong, 125);
  CHECK(pong == "\x8A\x7D");
}

TEST_CASE("a close frame cuts its reason between characters") {
  using namespace std::string_literals;
  const auto close = [](std::string_view reason) {
    std::string out;
    append_close_frame(out, CloseCode::draining, reason);
    return out;
  };
  CHECK(close("") == "\x88\x02\x0F\xA1"s);
  CHECK(close("bye") ==
        "\x88\x05\x0F\xA1"
        "bye"s);
  CHECK(close(std::string(123, 'a')).size() == 127);
  CHECK(close(std::string(124, 'a')) == close(std::string(123, 'a')));
  CHECK(close(std::string(122, 'a') + "é") == close(std::string(122, 'a')));
  CHECK(close(std::string(121, 'a') + "é").size() == 127);
  CHECK(close(std::string(120, 'a') + "👍") == close(std::string(120, 'a')));
}

TEST_CASE("close codes that a peer may send") {
  int allowed = 0;
  for (int code = 0; code <= 0xFFFF; ++code) {
    const bool expected = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                          (code >= 3000 && code <= 4999);
    allowed += is_valid_received_close_code(static_cast<std::uint16_t>(code)) == expected ? 1 : 0;
  }
  CHECK(allowed == 0x10000);
}

}  // namespace kith
