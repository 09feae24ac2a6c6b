// Waiting for what /metrics and the log say: the log's lines are written by a thread of its own.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "tests/support/await.h"
#include "tests/support/test_server.h"

namespace kith::test {

// Until it has this whole line; throws where it does not come.
inline void await_metric(const TestServer& server, const std::string& line) {
  std::string text;
  const bool there = await_condition(Clock::now() + kPatience * 2, 20ms, [&] {
    text = '\n' + server.http().get("/metrics").body;
    return text.find('\n' + line + '\n') != std::string::npos;
  });
  if (!there) throw std::runtime_error("no " + line + " in" + text);
}

// Until the server's log has this text; throws where it does not come.
inline void await_log(const TestServer& server, const std::string& text) {
  const bool there = await_condition(Clock::now() + kPatience * 2, 20ms, [&] {
    return server.log().find(text) != std::string::npos;
  });
  if (!there) throw std::runtime_error("no " + text + " in " + server.log());
}

}  // namespace kith::test
