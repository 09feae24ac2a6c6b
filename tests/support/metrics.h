// Waiting for what /metrics says.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/test_server.h"

namespace kith::test {

// Until it has this whole line; throws where it does not come.
inline void await_metric(const TestServer& server, const std::string& line) {
  const auto deadline = Clock::now() + kPatience * 2;
  for (;;) {
    const std::string text = '\n' + server.http().get("/metrics").body;
    if (text.find('\n' + line + '\n') != std::string::npos) return;
    if (Clock::now() > deadline) throw std::runtime_error("no " + line + " in" + text);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // between two looks
  }
}

}  // namespace kith::test
