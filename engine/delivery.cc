#include "engine/delivery.h"

#include <algorithm>

#include "engine/attacher.h"
#include "engine/connections.h"
#include "engine/hub.h"
#include "engine/state_event.h"
#include "engine/typing.h"

namespace kith {

using namespace std::chrono_literals;

BusEventPtr make_bus_event(DurableEvent event, std::string sender_ack) {
  auto made = std::make_shared<BusEvent>();
  made->kind = BusKind::durable;
  made->channel = event.channel;
  made->seq = event.seq;
  if (event.user) made->user = *event.user;
  made->frame.reserve(event.content.size() + 320);
  append_event_frame(made->frame, event);
  made->event = std::move(event);
  made->event.content.clear();  // the frame has it
  made->event.content.shrink_to_fit();
  made->sender_ack = std::move(sender_ack);
  return made;
}

void ChannelDelivery::publish(std::vector<DurableEvent> events) {
  for (DurableEvent& event : events) publish_one(std::move(event), std::nullopt, {});
}

void ChannelDelivery::publish_one(DurableEvent event, std::optional<SessionRef> origin,
                                  std::string ack, std::string sender_ack) {
  // What nobody follows, here or elsewhere, is never encoded: a tenth of a durable send.
  Channel* channel = context_.hub->find(event.channel);
  if (channel == nullptr && !context_.ports.bus.reaches_others()) {
    ack_now(origin, ack);
    return;
  }
  const BusEventPtr made = make_bus_event(std::move(event), std::move(sender_ack));
  context_.ports.bus.publish(made);
  offer(channel, made, origin, std::move(ack));
}

void ChannelDelivery::on_bus_event(const BusEventPtr& event) {
  offer(context_.hub->find(event->channel), event, std::nullopt, {});
}

void ChannelDelivery::offer(Channel* channel, const BusEventPtr& event,
                            std::optional<SessionRef> origin, std::string ack) {
  if (channel == nullptr) {
    ack_now(origin, ack);
    return;
  }
  Sequenced item{event, origin, std::move(ack)};
  // Who does not follow it live is acked at once: what waits for its turn may be passed over.
  ack_unless_live(*channel, item);
  switch (channel->sequencer.offer(item)) {
    case Sequencer::Verdict::ready:
      pump(*channel);
      break;
    case Sequencer::Verdict::held:
      ++context_.counters.bus_late;
      check_hole(*channel, context_.ports.bus.ill() ? 0ms : 100ms);
      break;
    case Sequencer::Verdict::repeat:
      ++context_.counters.bus_repeats;
      // Its event came from the log before the answer did; what it was said with goes out first.
      if (item.origin) context_.hub->flush_channel(*channel);
      ack_now(item.origin, item.ack);
      break;
    case Sequencer::Verdict::overflow:
      ack_now(item.origin, item.ack);
      check_hole(*channel, 0ms);
      break;
  }
}

void ChannelDelivery::ack_now(const std::optional<SessionRef>& origin, std::string_view ack) {
  Session* session = origin ? context_.sessions->find(*origin) : nullptr;
  if (session != nullptr && !ack.empty()) session->sink->write(ack);
}

void ChannelDelivery::ack_unless_live(const Channel& channel, Sequenced& item) {
  if (!item.origin) return;
  Session* session = context_.sessions->find(*item.origin);
  Subscription* subscription = session == nullptr ? nullptr : session->find(channel.id);
  if (subscription != nullptr && subscription->mode == Subscription::Mode::live) return;
  ack_now(item.origin, item.ack);
  item.origin.reset();
  // Who is caught up does not see it: an ack that is next in line stands for the event there too.
  const Seq seq = item.event->seq;
  const bool catching_up = subscription != nullptr && !subscription->request;
  if (catching_up && seq == subscription->cursor + 1 && seq <= channel.sequencer.delivered() + 1) {
    subscription->cursor = seq;
  }
}

void ChannelDelivery::open(Channel& channel, Seq position) {
  for (const Sequenced& item : channel.sequencer.open(position)) ack_now(item.origin, item.ack);
}

void ChannelDelivery::pump(Channel& channel) {
  const Seq before = channel.sequencer.delivered();
  for (;;) {
    // Not between the two: an event that is taken and not yet said would be passed over by who is
    // found to be behind. One that ends somebody's typing says so first, in the room made here.
    context_.hub->make_room(channel);
    auto item = channel.sequencer.take_ready();
    if (!item) break;
    deliver(channel, std::move(*item));
  }
  if (channel.sequencer.delivered() != before) context_.attacher->on_advanced(channel);
  check_hole(channel, 100ms);
}

void ChannelDelivery::deliver(Channel& channel, Sequenced item) {
  ++context_.counters.durable_events;
  if (item.event->event.type == EventType::message_new) {
    context_.typing->stop(channel, item.event->user);
    const std::chrono::duration<double, std::milli> taken =
        context_.now.wall - item.event->event.at;
    context_.counters.delivery_latency.record(std::max(0.0, taken.count()));
    note_delivered(channel);
  }
  ack_unless_live(channel, item);
  context_.hub->say_durable(channel, item);
  channel.window.add(item.event);
  apply(channel, item.event->event);
}

void ChannelDelivery::moderated(Channel& channel, const DurableEvent& event) {
  if (!event.user) return;
  using Action = command::ModerationAction;
  if (event.action == Action::ban) {
    if (channel.participants > 0) --channel.participants;
    end_right(channel, *event.user, event.seq, CloseCode::session_revoked);
  } else if (event.action == Action::mute || event.action == Action::unmute) {
    std::optional<WallTime> until;
    if (event.action == Action::mute) until = event.until.value_or(WallTime::max());
    for (Subscription* member : channel.members) {
      if (member->session->identity.user != *event.user) continue;
      member->muted_until = until;
      member->blocked = tells_block(event);  // nobody else mutes where a block stands
      if (member->request) member->request->mute_changed = event.seq;
    }
    if (until) context_.typing->stop(channel, *event.user);
  }
}

// What the event means beyond being handed on. Before the next one is: a right ends at its number.
void ChannelDelivery::apply(Channel& channel, const DurableEvent& event) {
  switch (event.type) {
    case EventType::participant_join:
      ++channel.participants;
      break;
    case EventType::participant_leave:
      if (channel.participants > 0) --channel.participants;
      if (event.user) end_right(channel, *event.user, event.seq, CloseCode::chat_forbidden);
      break;
    case EventType::system_moderation:
      moderated(channel, event);
      break;
    case EventType::session_revoked:
      revoke(channel, event);
      break;
    case EventType::app_event:
      if (channel.id.kind == IdKind::user) disconnected(channel, event);
      break;
    case EventType::notification_new:
      witnessed(channel, event);
      joined(channel, event);
      role_changed(channel, event);
      break;
    case EventType::club_leave:
    case EventType::event_leave:
      if (event.user) end_right(channel, *event.user, event.seq, CloseCode::chat_forbidden);
      break;
    default:
      break;
  }
}

void ChannelDelivery::witnessed(const Channel& channel, const DurableEvent& event) const {
  if (context_.ports.witness == nullptr || !event.user || channel.members.empty()) return;
  context_.ports.witness->saw(*event.user, event.payload);
}

// A subscription that the store has allowed in the light of a later seq stands: the user was let in
// again. One that the store has not answered yet is judged by that answer.
void ChannelDelivery::end_right(Channel& channel, const UserId& user, Seq at, CloseCode path_code) {
  context_.typing->stop(channel, user);
  context_.hub->flush_channel(channel);
  std::vector<SessionRef> theirs;
  for (Subscription* member : channel.members) {
    if (member->session->identity.user != user) continue;
    if (!member->attached) {
      member->right_ended = at;
    } else if (at > member->right_seen) {
      theirs.push_back(member->session->ref);
    }
  }
  for (const SessionRef ref : theirs) {
    Session* session = context_.sessions->find(ref);
    if (session != nullptr) context_.attacher->lose_right(*session, channel.id, path_code);
  }
}

// Of one login, or of all: of those too that the store has no row of.
void ChannelDelivery::revoke(Channel& channel, const DurableEvent& event) {
  context_.hub->flush_channel(channel);
  const bool all = event.payload.find(R"("all":true)") != std::string::npos;
  std::vector<SessionRef> theirs;
  for (const Subscription* member : channel.members) {
    const std::string text = member->session->identity.session.text();
    if (all || event.payload.find(text) != std::string::npos) {
      theirs.push_back(member->session->ref);
    }
  }
  for (const SessionRef ref : theirs) {
    Session* session = context_.sessions->find(ref);
    if (session != nullptr) {
      context_.connections->close(*session, CloseCode::session_revoked, "this login has ended");
    }
  }
}

void ChannelDelivery::publish_state(const ChannelId& channel, std::uint64_t about,
                                    std::string_view json) {
  const BusEventPtr event = make_state_event(channel, about, json);
  if (context_.ports.bus.reaches_others()) context_.ports.bus.publish(event);
  on_state(*event);
}

void ChannelDelivery::on_state(const BusEvent& event) {
  Channel* channel = context_.hub->find(event.channel);
  if (channel == nullptr) return;
  context_.hub->say(*channel, event.frame, Tier::state, event.seq ^ IdHash{}(event.channel));
}

}  // namespace kith
