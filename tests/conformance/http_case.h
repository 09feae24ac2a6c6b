// One HTTP case: bytes that a client sends, and what may come of it.
//
// What the server says is written down as events with spaces between, in their order:
//   200         an answer with this status; each is held to what every answer must be
//   (http_answer.h) marker      the answer to the request that was sent behind the case's own
//   bytes: the two sides
//               agree on where that began
//   smuggled    the answer to a request that was inside of something else: never allowed
//   eof         the server ended the connection; the answer before it must have said so
//   silence     nothing more came, and the connection stood
//   BAD:...     an answer that a server must not give
// So "400 eof" is a refusal behind which nothing was read, and "404 marker eof" one that keeps the
// connection in step (the marker asks for its end).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/job.h"

namespace kith::test {

enum class Behind {
  marker,      // a request that must be answered or never be read, in the last write
  nothing,     // the request is cut short, and the connection stays open
  end,         // and our side is shut down
  slow_bytes,  // one more byte each 200 ms, until the server has had enough
};

struct HttpCase {
  std::string id;
  std::string section;
  std::vector<std::string> writes;  // $TOKEN, $CHAT, $OTHER_CHAT stand for the site's
  std::string expect;               // alternatives with " | " between
  Behind behind = Behind::marker;
  bool head = false;                 // the first answer has no body, whatever its length says
  std::vector<std::string> has{};    // what must be in the answers, as text
  std::vector<std::string> lacks{};  // what must not
  std::chrono::milliseconds not_before{0};  // of the end
};

Job job_of(HttpCase http_case);

// A request that only the server's own parts of the transcript name.
std::string marker(std::string_view name);

// What a client gets who sends these bytes. `raw` is all that came.
struct HttpTranscript {
  std::string events;
  std::string raw;
};
// Whom they are sent to.
struct HttpTarget {
  std::uint16_t port = 0;
  std::chrono::milliseconds patience{60'000};  // then it is silence
  std::string token{};
  std::string chat{};
  std::string other_chat{};
};
HttpTarget target_of(const Site& site);
HttpTranscript transcript_of(const HttpCase& http_case, const HttpTarget& target);

// The requests most cases are made of. `fields` are whole lines, each with its end.
std::string get(std::string_view target, std::string_view fields = {});
std::string request(std::string_view method, std::string_view target, std::string_view fields = {});
// POST /auth/login with these fields, then these bytes.
std::string post(std::string_view fields, std::string_view body = {});
// The same with the fields that it needs.
std::string post_json(std::string_view body);

inline constexpr std::string_view kJsonType = "Content-Type: application/json\r\n";

}  // namespace kith::test
