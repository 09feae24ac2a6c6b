// What the runs stand on must not take for a killed server what no server may say: a recorded
// client against one that is played, which says a single thing and nothing more.
#include <doctest/doctest.h>

#include "tests/chaos/recorded_client.h"
#include "tests/support/tcp_listener.h"

namespace kith::test {
namespace {

constexpr const char* kRoom = "chat_1";
constexpr auto kSilence = 3s;  // what is said on a busy machine is said by then

std::string frame_of(std::string_view json) {
  return WsClient::encode({.masked = false}, json);
}

// A client's frame goes by; false: there is none.
bool take_frame(Conversation& client) {
  const auto head = client.bytes(2);
  if (!head) return false;
  std::size_t length = static_cast<unsigned char>((*head)[1]) & 0x7FU;
  if (length == 126) {
    const auto extended = client.bytes(2);
    if (!extended) return false;
    length = static_cast<unsigned char>((*extended)[0]) * std::size_t{256} +
             static_cast<unsigned char>((*extended)[1]);
  }
  return client.bytes(4 + length).has_value();  // behind its mask
}

enum class Then { waits, closes };

// Lets a client in and follow the room, and answers its first message with this.
void play(Conversation& client, const std::string& answer, Then then) {
  for (auto line = client.line(); line && !line->empty();) line = client.line();
  client.say(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  if (!take_frame(client)) return;
  client.say(frame_of(R"({"type":"connection.ready","epoch":"e"})"));
  client.say(frame_of(R"({"type":"subscribed","channel":"chat_1","seq":0,"recovered":false})"));
  if (!take_frame(client)) return;
  client.say(answer);
  if (then == Then::waits) client.wait_for_close();
}

// One message's worth of a client's life with such a server.
std::vector<std::string> complaints_about(const std::string& answer, Then then) {
  const TcpListener server([answer, then](Conversation& client) { play(client, answer, then); });
  HistoryBook book;
  const User user{.id = "usr_1", .email = {}, .password = {}, .token = "t", .refresh_token = {}};
  RecordedClient client(book, {.name = "client",
                               .user = user,
                               .chat = kRoom,
                               .in_flight = 1,
                               .messages_max = 1,
                               .patience = kSilence});
  client.connect(server.port());
  client.start();
  client.join();
  CHECK_FALSE(client.connected());
  CHECK(client.unanswered() == 1);
  return client.complaints();
}

TEST_CASE("a client whose server says what none may say, or nothing, complains") {
  const std::vector<std::pair<std::string, std::string>> kAnswers = {
      {"an ack of nothing", frame_of(R"({"type":"ack","id":"99","seq":1})")},
      {"an error: ", frame_of(R"({"type":"error","code":"bad_request","message":"no"})")},
      {"nobody's history", frame_of(R"({"type":"history","id":"99","messages":[]})")},
      {"not JSON", frame_of(R"({"type":"ack","id":)")},
      {"masks its frames", WsClient::encode({}, R"({"type":"ack","id":"1","seq":1})")},
      {"nothing came before the deadline", {}}};
  for (const auto& [words, answer] : kAnswers) {
    CAPTURE(words);
    const auto complaints = complaints_about(answer, Then::waits);
    REQUIRE(complaints.size() == 1);
    CHECK_MESSAGE(complaints[0].find(words) != std::string::npos, complaints[0]);
  }
}

TEST_CASE("a client whose server goes, be it in the middle of a frame, does not complain") {
  const std::string ack = frame_of(R"({"type":"ack","id":"1","seq":1})");
  const std::string closing = frame_of(R"({"type":"connection.closing","code":4001})");
  const std::string close =
      WsClient::encode({.opcode = 8, .masked = false}, std::string_view("\x0f\xa1", 2));
  for (const std::string& last :
       {std::string(), ack.substr(0, 1), ack.substr(0, 9), closing, closing + close}) {
    CAPTURE(last.size());
    CHECK(complaints_about(last, Then::closes).empty());
  }
}

}  // namespace
}  // namespace kith::test
