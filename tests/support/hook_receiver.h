// Receives web hooks over HTTP, or HTTPS where it has a certificate, and answers them as the test
// says.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/socket.h"
#include "tests/support/tcp_listener.h"

namespace kith::test {

struct ReceivedHook {
  std::string request_line;
  std::map<std::string, std::string> headers;  // by lower-case name
  std::string body;

  std::string id() const { return headers.at("webhook-id"); }
  Json json() const { return Json::parse(body); }
};

class HookReceiver {
 public:
  // What comes next, in this order; afterwards 204.
  enum class Answer { ok, failure, redirect, silence, cut };

  explicit HookReceiver(const Certificates* certificates = nullptr);
  std::string url() const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(listener_.port()) +
           "/in";
  }

  void next(std::vector<Answer> answers);
  void forget_answers();  // that were to come
  // From here on `ok` is a 200 with what this says of the hook, which may be nothing.
  void answer_with(std::function<std::string(const ReceivedHook&)> say);
  // The first `count` that have come, whatever they were answered; throws where they do not come.
  std::vector<ReceivedHook> wait_for(std::size_t count, Clock::duration patience = kPatience * 2);
  std::size_t count() const;

 private:
  void receive(Conversation& talk);

  std::optional<TlsServer> tls_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Answer> answers_;
  std::vector<ReceivedHook> hooks_;
  std::function<std::string(const ReceivedHook&)> say_;
  TcpListener listener_;  // last: it uses the others
};

}  // namespace kith::test
