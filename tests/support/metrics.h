// Waiting for what /metrics says.
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

}  // namespace kith::test
