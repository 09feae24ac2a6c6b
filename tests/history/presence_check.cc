#include "tests/history/presence_check.h"

#include <algorithm>

namespace kith::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kPresenceConvergesIn = 60 * kSecond;
constexpr std::int64_t kTypingExpiresIn = 6 * kSecond;

}  // namespace

void PresenceCheck::connect(const Record& record, Index user) {
  disconnect(record);
  user_of_[facts_.clients.of(record.client)] = user;
}

void PresenceCheck::disconnect(const Record& record) {
  const Index client = facts_.clients.of(record.client);
  for (auto& [channel, views] : views_) views.erase(client);
}

void PresenceCheck::attach(const Record& record) {
  const Index client = facts_.clients.of(record.client);
  View& view = views_[facts_.channel_names.of(record.channel)][client];
  // The list that `subscribed` gives may stand before it or behind it.
  view.user = user_of_.contains(client) ? user_of_.at(client) : kNone;
  view.follows = record.presence;
  view.since = record.t;
}

void PresenceCheck::detach(const Record& record) {
  views_[facts_.channel_names.of(record.channel)].erase(facts_.clients.of(record.client));
}

// Nobody may be said to type who has not for so long: it would never end.
void PresenceCheck::typing(const Record& record, Line line) {
  if (record.event != "typing.start") return;
  const Index channel = facts_.channel_names.of(record.channel);
  const auto truth = typing_.find(both(facts_.users.of(record.user), channel));
  if (truth == typing_.end() || truth->second.value) return;
  if (record.t - truth->second.since <= kTypingExpiresIn) return;
  reporter_.report("C11",
                   record.client + " is told in " + record.channel + " that " + record.user +
                       " types, more than 6 s after they stopped",
                   {truth->second.line, line});
}

void PresenceCheck::ephemeral(const Record& record, Line line) {
  const bool joins = record.event == "presence.join";
  if (!joins && record.event != "presence.leave") return typing(record, line);
  const Index channel = facts_.channel_names.of(record.channel);
  View& view = views_[channel][facts_.clients.of(record.client)];
  const Index user = facts_.users.of(record.user);
  (joins ? view.left : view.present).erase(user);
  (joins ? view.present : view.left)[user] = line;
}

// Called when a truth ends, at `t`: whoever has followed for long enough must know it by then.
void PresenceCheck::judge(Index user, Index channel, const Truth& truth, std::int64_t t) {
  const auto views = views_.find(channel);
  if (views == views_.end()) return;
  for (const auto& [client, view] : views->second) {
    const std::int64_t since = std::max({truth.since, view.since, calm_since_});
    if (!view.follows || view.user == user || t - since < kPresenceConvergesIn) continue;
    const auto seen = view.present.find(user);
    if ((seen != view.present.end()) == truth.value) continue;
    const auto left = view.left.find(user);
    const Line line = truth.value ? (left == view.left.end() ? 0 : left->second) : seen->second;
    reporter_.report("C11",
                     facts_.clients.name(client) + " takes " + facts_.users.name(user) + " to be " +
                         (truth.value ? "absent from " : "present in ") +
                         facts_.channel_names.name(channel) + " for 60 s, and it is not so",
                     {truth.line, line});
  }
}

void PresenceCheck::truth(const Record& record, Line line) {
  const Index user = facts_.users.of(record.user);
  const Index channel = facts_.channel_names.of(record.channel);
  const bool of_presence = record.what == "presence";
  auto& truths = of_presence ? presence_ : typing_;
  const auto found = truths.find(both(user, channel));
  const bool value = record.value != 0;
  if (found != truths.end() && found->second.value == value) return;  // said again
  if (found != truths.end() && of_presence) judge(user, channel, found->second, record.t);
  truths[both(user, channel)] = {.value = value, .since = record.t, .line = line};
}

void PresenceCheck::finish(std::int64_t end) {
  for (const auto& [key, truth] : presence_) {
    judge(static_cast<Index>(key >> 32U), static_cast<Index>(key), truth, end);
  }
}

}  // namespace kith::test
