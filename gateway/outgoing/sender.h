// Sends one thing out of the server, blocking: a web hook, a mail. On threads of the courier's own.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "engine/ports/outbox.h"

namespace kith {

struct SendOutcome {
  bool sent = false;
  bool hopeless = false;  // the same again would fail again
  std::string reason{};   // for the operator: no secrets, nothing of the content
  std::optional<std::chrono::seconds> retry_after{};  // the receiver's own wish
  std::optional<std::string> hide{};                  // as Settlement has it
};

class Sender {
 public:
  virtual ~Sender() = default;
  // Returns soon after `stop` has become true, unsent where it must. Any thread, many at once.
  virtual SendOutcome send(const Delivery& delivery, const std::atomic<bool>& stop) const = 0;
};

}  // namespace kith
