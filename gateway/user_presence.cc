#include "gateway/user_presence.h"

#include <utility>

namespace kith {

UserPresence::Online UserPresence::here(const std::vector<UserId>& users) const {
  Online out;
  for (const UserId& user : users) {
    if (has_socket_(user)) out.insert(user);
  }
  return out;
}

bool UserPresence::ask(const UserId& reply, const std::vector<UserId>& users, Task answered) {
  if (!bus_.reaches_others() || questions_.size() >= kQuestionsMax) return false;
  questions_[reply] = {.asked = users, .found = {}, .answered = std::move(answered)};
  bus_.follow(reply);
  return ask_again(reply);
}

bool UserPresence::ask_again(const UserId& reply) {
  bool open = false;
  const Question& question = questions_.at(reply);
  for (const UserId& user : question.asked) {
    if (question.found.contains(user)) continue;
    open = true;
    say(user, reply);
  }
  return open;
}

UserPresence::Online UserPresence::finish(const UserId& reply) {
  const auto at = questions_.find(reply);
  if (at == questions_.end()) return {};
  Online found = std::move(at->second.found);
  questions_.erase(at);
  bus_.unfollow(reply);
  return found;
}

void UserPresence::on_bus_event(const BusEventPtr& event) {
  if (event->kind != BusKind::typing || event->channel.kind != IdKind::user) {
    return engine_.on_bus_event(event);
  }
  const UserId channel{event->channel.uuid};
  const auto at = questions_.find(channel);
  if (at == questions_.end()) {  // a question: event->user is where the answer goes
    if (has_socket_(channel)) say(event->user, channel);
    return;
  }
  Question& question = at->second;
  question.found.insert(event->user);
  if (question.found.size() == question.asked.size() && question.answered) {
    Task answered = std::exchange(question.answered, {});
    answered();
  }
}

void UserPresence::say(const UserId& channel, const UserId& about) {
  auto event = std::make_shared<BusEvent>();
  event->kind = BusKind::typing;
  event->channel = ChannelId(channel);
  event->user = about;
  event->start = true;
  bus_.publish(std::move(event));
}

}  // namespace kith
