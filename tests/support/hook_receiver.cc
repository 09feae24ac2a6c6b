#include "tests/support/hook_receiver.h"

#include <algorithm>
#include <stdexcept>

namespace kith::test {
namespace {

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

HookReceiver::HookReceiver(const Certificates* certificates)
    : tls_(certificates ? std::optional<TlsServer>(std::in_place, *certificates) : std::nullopt),
      listener_([this](Conversation& talk) { receive(talk); }) {}

void HookReceiver::next(std::vector<Answer> answers) {
  const std::lock_guard lock(mutex_);
  for (const Answer answer : answers) answers_.push_back(answer);
}

void HookReceiver::forget_answers() {
  const std::lock_guard lock(mutex_);
  answers_.clear();
}

void HookReceiver::answer_with(std::function<std::string(const ReceivedHook&)> say) {
  const std::lock_guard lock(mutex_);
  say_ = std::move(say);
}

std::vector<ReceivedHook> HookReceiver::wait_for(std::size_t count, Clock::duration patience) {
  std::unique_lock lock(mutex_);
  if (!came_.wait_for(lock, patience, [&] { return hooks_.size() >= count; })) {
    throw std::runtime_error("of " + std::to_string(count) + " web hooks " +
                             std::to_string(hooks_.size()) + " have come");
  }
  return hooks_;
}

std::size_t HookReceiver::count() const {
  const std::lock_guard lock(mutex_);
  return hooks_.size();
}

void HookReceiver::receive(Conversation& talk) {
  if (tls_ && !talk.start_tls(*tls_)) return;
  ReceivedHook hook;
  const auto first = talk.line();
  if (!first) return;
  hook.request_line = *first;
  for (;;) {
    const auto line = talk.line();
    if (!line) return;
    if (line->empty()) break;
    const auto colon = line->find(':');
    if (colon == std::string::npos) return;
    hook.headers[lowered(line->substr(0, colon))] = line->substr(std::min(colon + 2, line->size()));
  }
  const auto length = hook.headers.find("content-length");
  if (length == hook.headers.end()) return;
  const auto body = talk.bytes(std::stoul(length->second));
  if (!body) return;
  hook.body = *body;
  Answer answer = Answer::ok;
  std::optional<std::string> said;
  {
    const std::lock_guard lock(mutex_);
    if (!answers_.empty()) {
      answer = answers_.front();
      answers_.pop_front();
    }
    if (say_) said = say_(hook);
    hooks_.push_back(std::move(hook));
    came_.notify_all();
  }
  switch (answer) {
    case Answer::ok:
      if (said) {
        return talk.say("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(said->size()) +
                        "\r\nConnection: close\r\n\r\n" + *said);
      }
      return talk.say("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    case Answer::failure:
      return talk.say(
          "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
          "oops");
    case Answer::redirect:
      return talk.say("HTTP/1.1 302 Found\r\nLocation: " + url() +
                      "/elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    case Answer::silence:
      return talk.wait_for_close();
    case Answer::cut:
      return;
  }
}

}  // namespace kith::test
