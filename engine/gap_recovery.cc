// The part of ChannelDelivery that makes up for the bus: holes are read from the log, and the log's
// heads are looked at once a second.
#include <algorithm>
#include <utility>

#include "engine/attacher.h"
#include "engine/delivery.h"
#include "engine/hub.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

constexpr auto kLookInterval = 1s;
// Channels that are asked for by name; beyond that, whatever the log was appended.
constexpr std::size_t kAskedMax = 1'000;
// A head that the look shows may belong to an event that is just on its way here.
constexpr auto kHeadPatience = 250ms;
constexpr auto kRetryInterval = 500ms;
// "delivered" marks that are written at once. After a storm they are thousands, and messages wait
// behind them for their commit.
constexpr std::size_t kMarksAtOnce = 512;
constexpr std::chrono::milliseconds kMarkInterval = 1s;
constexpr std::chrono::milliseconds kMarksRest = 100ms;

}  // namespace

void ChannelDelivery::check_hole(Channel& channel, std::chrono::milliseconds patience) {
  if (!channel.sequencer.has_hole()) {
    channel.hole_due.reset();
    return;
  }
  const SteadyTime due = context_.now.steady + patience;
  if (!channel.hole_listed) holes_.push_back(channel.id);
  channel.hole_listed = true;
  if (!channel.hole_due || due < *channel.hole_due) channel.hole_due = due;
}

void ChannelDelivery::tick() {
  const SteadyTime now = context_.now.steady;
  std::vector<ChannelId> holes = std::exchange(holes_, {});
  for (const ChannelId& id : holes) {
    Channel* channel = context_.hub->find(id);
    if (channel == nullptr) continue;
    channel->hole_listed = channel->hole_due && (*channel->hole_due > now || channel->backfilling);
    if (channel->hole_listed) {
      holes_.push_back(id);
    } else if (channel->hole_due) {
      backfill(*channel);
    }
  }
  if (now >= next_look_) {
    next_look_ = now + kLookInterval;
    if (!looking_) look_at_heads();
  }
  if (now >= next_mark_) mark_delivered();
}

SteadyTime ChannelDelivery::next_deadline() const {
  SteadyTime next = to_mark_.empty() ? next_look_ : std::min(next_look_, next_mark_);
  for (const ChannelId& id : holes_) {
    const Channel* channel = context_.hub->find(id);
    // One that is being read already waits for the store, not for a time.
    if (channel == nullptr || !channel->hole_due || channel->backfilling) continue;
    next = std::min(next, *channel->hole_due);
  }
  return next;
}

void ChannelDelivery::backfill(Channel& channel) {
  channel.hole_due.reset();
  if (!channel.sequencer.has_hole()) return;
  ++context_.counters.backfills;
  read_on(channel);
}

void ChannelDelivery::read_on(Channel& channel) {
  if (channel.backfilling) return;
  channel.backfilling = true;
  const Seq delivered = channel.sequencer.delivered();
  context_.ports.log.read({.channel = channel.id, .reader = std::nullopt, .after = delivered},
                          [this, id = channel.id, delivered](Result<Page> page) {
                            // What had been delivered when this was asked for had been committed.
                            if (page && page->head < delivered) context_.ports.log.went_back();
                            backfilled(id, std::move(page));
                          });
}

void ChannelDelivery::backfilled(const ChannelId& id, Result<Page> page) {
  Channel* channel = context_.hub->find(id);
  if (channel == nullptr) return;
  channel->backfilling = false;
  if (!channel->sequencer.is_open()) return;  // it went and came back meanwhile
  if (!page) {
    check_hole(*channel, kRetryInterval);
    return;
  }
  const Seq before = channel->sequencer.delivered();
  if (page->trimmed_to > before) {
    // The hole is older than the log keeps: who was live through it is attached anew from where
    // it stood, and so is told of the gap.
    context_.attacher->catch_up(*channel);
    open(*channel, page->trimmed_to);
    channel->window.clear();
    pump(*channel);
    context_.attacher->on_advanced(*channel);
  }
  for (DurableEvent& event : page->events) {
    offer(channel, make_bus_event(std::move(event)), std::nullopt, {});
  }
  channel = context_.hub->find(id);
  if (channel == nullptr || !channel->sequencer.has_hole()) return;
  const bool moved = channel->sequencer.delivered() != before;
  check_hole(*channel, moved ? 0ms : kRetryInterval);
}

void ChannelDelivery::look_now() {
  look_again_ = looking_;
  if (!looking_) next_look_ = context_.now.steady;
}

AskedChannels ChannelDelivery::channels_to_look_at() const {
  if (context_.hub->size() > kAskedMax) return std::nullopt;
  std::vector<ChannelId> asked;
  asked.reserve(context_.hub->size());
  context_.hub->for_each([&](const Channel& channel) { asked.push_back(channel.id); });
  return asked;
}

void ChannelDelivery::look_at_heads() {
  looking_ = true;
  AskedChannels asked = channels_to_look_at();
  const bool of_all = !asked;
  context_.ports.log.heads_since(covered_, std::move(asked), [this, of_all](Result<Heads> heads) {
    looking_ = false;
    if (std::exchange(look_again_, false)) next_look_ = context_.now.steady;
    if (!heads) return;  // the next look starts from the same position
    // The first one tells a position and nothing of what lies before it. Channels that were opened
    // earlier, while the store did not answer, may have missed something.
    if (!position_) {
      context_.hub->for_each([this](Channel& channel) {
        if (channel.sequencer.is_open()) read_on(channel);
      });
    }
    // Of a channel that was opened since the question nothing was told: the log is asked for it
    // from where the look before this one has ended.
    const auto before = std::exchange(position_, heads->position);
    covered_ = of_all || !before ? *position_ : std::min(*before, *position_);
    for (const Head& head : heads->heads) {
      Channel* channel = context_.hub->find(head.channel);
      if (channel == nullptr) continue;
      // Also where the channel is not open yet: the answer that opens it may be the older one.
      channel->sequencer.note_head(head.seq);
      if (channel->sequencer.has_hole()) ++context_.counters.heads_healed;
      // Mostly a look that was overtaken; else the log is another one.
      if (channel->sequencer.is_open() && head.seq < channel->sequencer.delivered()) {
        read_on(*channel);
      }
      check_hole(*channel, context_.ports.bus.ill() ? 0ms : kHeadPatience);
    }
  });
}

void ChannelDelivery::note_delivered(Channel& channel) {
  if (channel.delivered_due) return;
  channel.delivered_due = true;
  to_mark_.push_back(channel.id);
}

// "delivered" of HTTP history: how far each participant's sockets have been written to. Begun once
// a second, in portions, and only where receipts are kept: a crash forgets what has not had its
// turn yet, a second's worth in quiet and more behind a storm.
void ChannelDelivery::mark_delivered() {
  std::vector<DeliveredMark> marks;
  std::size_t done = 0;
  while (done < to_mark_.size() && marks.size() < kMarksAtOnce) {
    const ChannelId id = to_mark_[done++];
    Channel* channel = context_.hub->find(id);
    if (channel == nullptr) continue;
    channel->delivered_due = false;
    if (!id.is_chat() || !channel->small()) continue;
    for (const Live& live : channel->live) {
      marks.push_back(
          {id.chat(), live.subscription->session->identity.key, channel->sequencer.delivered()});
    }
  }
  to_mark_.erase(to_mark_.begin(), to_mark_.begin() + static_cast<std::ptrdiff_t>(done));
  next_mark_ = context_.now.steady + (to_mark_.empty() ? kMarkInterval : kMarksRest);
  if (!marks.empty()) context_.ports.chats.mark_delivered(std::move(marks));
}

}  // namespace kith
