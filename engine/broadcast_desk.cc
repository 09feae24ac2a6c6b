#include "engine/broadcast_desk.h"

#include <algorithm>

#include "engine/delivery.h"
#include "protocol/json_writer.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

constexpr auto kInterval = 1s;
// Of one job: more wait for the next second.
constexpr std::size_t kAtOnce = 256;
constexpr int kTellings = 2;
// Their numbers take a look at every reader: no more than a twentieth of the time goes into that.
constexpr int kAskingShare = 20;
constexpr SteadyTime::duration kAskingPauseMax = 30s;
constexpr std::size_t kAskedAtOnce = 16;

std::uint64_t state_key(const BroadcastId& id) {
  std::uint64_t key = 0;
  for (std::size_t i = 8; i < id.uuid.size(); ++i) key = key << 8 | id.uuid[i];
  return key | 1;
}

std::string progress_json(const ChannelId& channel, const BroadcastProgress& progress) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "broadcast.progress").field("channel", channel);
  writer.field("broadcast_id", progress.id).field("club_id", progress.club);
  writer.field("status", to_string(progress.status));
  writer.field("audience_count", progress.audience_count).field("delivered", progress.delivered);
  writer.field("seen", progress.seen).end_object();
  return json;
}

}  // namespace

void BroadcastDesk::delivered(const ChannelId& channel, Seq seq, std::uint64_t sockets) {
  if (sockets > 0 && context_.ports.broadcasts != nullptr) delivered_[{channel, seq}] += sockets;
}

void BroadcastDesk::stepped(const BroadcastRecord& broadcast,
                            const std::vector<UserId>& organizers) {
  const BroadcastProgress progress{.id = broadcast.id,
                                   .club = broadcast.club,
                                   .author = broadcast.author,
                                   .status = broadcast.status};
  for (const UserId& organizer : organizers) {
    const ChannelId channel(organizer);
    context_.delivery->publish_state(channel, state_key(progress.id),
                                     progress_json(channel, progress));
  }
}

void BroadcastDesk::changed(const std::vector<BroadcastId>& broadcasts) {
  for (const BroadcastId& id : broadcasts) changed_[id] = kTellings;
}

void BroadcastDesk::tick() {
  if (context_.ports.broadcasts == nullptr || context_.now.steady < next_) return;
  next_ = context_.now.steady + kInterval;
  if (!sending_) send_due();
  if (!noting_ && !delivered_.empty()) note_delivered();
  ask_progress();
}

SteadyTime BroadcastDesk::next_deadline() const {
  return context_.ports.broadcasts == nullptr ? SteadyTime::max() : next_;
}

void BroadcastDesk::send_due() {
  sending_ = true;
  context_.ports.broadcasts->send_due(context_.now.wall, [this](Result<SentBroadcasts> sent) {
    sending_ = false;
    if (!sent) return;  // they are still due in a second
    if (sent->more) next_ = context_.now.steady;
    context_.delivery->publish(std::move(sent->events));
  });
}

void BroadcastDesk::note_delivered() {
  noting_ = true;
  std::vector<BroadcastDelivery> deliveries;
  while (!delivered_.empty() && deliveries.size() < kAtOnce) {
    const auto first = delivered_.begin();
    deliveries.push_back(
        {.channel = first->first.first, .seq = first->first.second, .sockets = first->second});
    delivered_.erase(first);
  }
  context_.ports.broadcasts->note_delivered(
      deliveries, [this, deliveries](Result<std::vector<BroadcastId>> noted) {
        noting_ = false;
        if (noted) {
          changed(*noted);
          return ask_progress();
        }
        for (const BroadcastDelivery& again : deliveries) {
          delivered(again.channel, again.seq, again.sockets);
        }
      });
}

void BroadcastDesk::ask_progress() {
  const SteadyTime asked_at = context_.now.steady;
  if (asking_ || changed_.empty() || asked_at < next_asking_) return;
  asking_ = true;
  std::vector<BroadcastId> asked;
  for (auto at = changed_.begin(); at != changed_.end() && asked.size() < kAskedAtOnce;) {
    asked.push_back(at->first);
    at = --at->second > 0 ? std::next(at) : changed_.erase(at);
  }
  context_.ports.broadcasts->progress(
      asked, [this, asked, asked_at](Result<std::vector<BroadcastProgress>> progress) {
        asking_ = false;
        if (!progress) return changed(asked);
        const SteadyTime::duration took = context_.now.steady - asked_at;
        next_asking_ = asked_at + std::min(kAskingShare * took, kAskingPauseMax);
        tell(*progress);
      });
}

void BroadcastDesk::tell(const std::vector<BroadcastProgress>& progress) {
  for (const BroadcastProgress& one : progress) {
    const ChannelId channel(one.author);
    context_.delivery->publish_state(channel, state_key(one.id), progress_json(channel, one));
  }
}

}  // namespace kith
