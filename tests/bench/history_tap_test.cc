// What the history says of answers that do not come in the order of what was asked.
#include "bench/history_tap.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace kith::bench {
namespace {

TEST_CASE("pages of two chats that are answered the other way round stay each its chat's") {
  std::string path = "/tmp/kith-history-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  REQUIRE(descriptor >= 0);
  ::close(descriptor);
  HistoryFile file(path);
  HistoryTap tap(file, "client 0", "usr_0");
  tap.said(R"({"type":"connection.init","token":"t"})");
  for (const char* chat : {"chat_a", "chat_b"}) {
    tap.said(std::string(R"({"type":"history","id":"f","chat_id":")") + chat +
             R"(","after_seq":4,"limit":200})");
  }
  simdjson::dom::parser parser;
  for (const char* chat : {"chat_b", "chat_a"}) {
    const std::string answer = std::string(R"({"type":"history","id":"f","chat_id":")") + chat +
                               R"(","messages":[{"seq":5,"message_id":"msg_in_)" + chat + R"("}]})";
    tap.heard(parser.parse(answer).value(), HistoryTap::Clock::now());
  }
  file.close();

  std::ifstream written(path);
  std::size_t finals = 0;
  for (std::string line; std::getline(written, line);) {
    if (line.find(R"("kind":"final")") == std::string::npos) continue;
    ++finals;
    const bool of_a = line.find(R"("channel":"chat_a")") != std::string::npos;
    CHECK((line.find("msg_in_chat_a") != std::string::npos) == of_a);
    CHECK((line.find("msg_in_chat_b") != std::string::npos) == !of_a);
  }
  CHECK(finals == 2);
  CHECK(std::remove(path.c_str()) == 0);
}

}  // namespace
}  // namespace kith::bench
