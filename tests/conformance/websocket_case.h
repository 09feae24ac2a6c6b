// One WebSocket case: bytes that a client sends, and what may come of it.
//
// What the server says is written down as events with spaces between, in their order:
//   pong:a          the answer to the command {"type":"ping","id":"a"}: the application saw it, and
//                   since it is given out only for a JSON text that was read to its end, all of it
//   ack             a message was committed; `text` behind it: read back, it is what was sent, byte
//                   for byte; text-differs: it is not
//   error:code      an error frame of the protocol (error:code:id where it carries one)
//   closing:code    the announcement of a close; other frames by their type
//   wpong:n:hash    a pong frame of n bytes (pong_event); wping: the server's own ping
//   close:code      a close frame (close:none without a code), eof: the server ended the connection
//   alive           a last command was answered, and a close of the client's with the close frame
//                   back and the end of the connection
//   silence         nothing more came, and the connection stood
//   BAD:...         a frame that a server must not send
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/job.h"
#include "tests/support/test_server.h"

namespace kith::test {

enum class Start {
  upgraded,  // connection.init is not sent yet
  ready,     // connection.ready and the own channel's subscribed have come
  in_chat,   // the same on /chats/{id} of a new chat, so that frames need no chat_id
};

enum class Tail {
  nothing,   // what was sent is cut short: no more may follow
  probe,     // a last command, to be answered or never to be read
  answered,  // the same, behind the first event: what waits for the store is answered later
  history,   // behind the first event, a command that reads the last message back
};

struct WsCase {
  std::string id;
  std::string section;  // of RFC 6455, or which other text
  std::vector<std::string> writes;
  std::string expect;  // alternatives with " | " between
  Start start = Start::ready;
  Tail tail = Tail::probe;
  std::string text{};           // what history must hold
  std::size_t repeat_last = 1;  // the last write, so often, or until the server has closed
};

Job job_of(WsCase ws_case);

// Whom it is sent to.
struct WsTarget {
  std::uint16_t port = 0;
  std::chrono::milliseconds patience{20'000};  // then it is silence
  User user{};
  std::function<std::string()> new_chat{};  // its id
};
WsTarget ws_target_of(const Site& site);

// What came of it.
std::string transcript_of(const WsCase& ws_case, const WsTarget& target);

}  // namespace kith::test
