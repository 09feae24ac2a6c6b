// The pages of attaching: what was missed, from the recent window or the log.
#include <algorithm>

#include "engine/attacher.h"
#include "engine/broadcast_desk.h"
#include "engine/hub.h"
#include "engine/presence_tracker.h"
#include "engine/replies.h"

namespace kith {

using Mode = Subscription::Mode;

bool Attacher::replay_window(Session& session, Subscription& subscription) {
  const Channel& channel = *subscription.channel;
  // What is known to have been committed and has not come may have deleted what the window shows.
  const bool behind = channel.sequencer.has_hole();
  if (behind && channel.window.as_of() < channel.sequencer.head()) return false;
  if (!channel.window.covers(subscription.cursor, channel.sequencer.delivered())) return false;
  channel.window.for_each_after(subscription.cursor, [&](const BusEvent& event) {
    session.sink->write(event.frame);
    ++context_.counters.replayed_events;
    count_broadcast(event.event);
  });
  subscription.cursor = channel.sequencer.delivered();
  return true;
}

void Attacher::count_broadcast(const DurableEvent& event) {
  if (event.type != EventType::club_broadcast) return;
  context_.broadcasts->delivered(event.channel, event.seq, 1);
}

void Attacher::read(Session& session, Subscription& subscription) {
  subscription.mode = Mode::reading;
  context_.ports.log.read({.channel = subscription.channel->id,
                           .reader = session.identity.key,
                           .after = subscription.cursor},
                          resume<Page>(session, subscription, &Attacher::page));
}

void Attacher::page(Session& session, Subscription& subscription, Result<Page> page) {
  const Seq delivered = subscription.channel->sequencer.delivered();
  if (!page) {
    if (page.error().code == ErrorCode::unavailable && !subscription.request) {
      subscription.mode = Mode::paused;  // retry() goes on
    } else {
      refuse(session, subscription, page.error());
    }
    return;
  }
  subscription.right_seen = std::max(subscription.right_seen, page->head);
  if (page->trimmed_to > subscription.cursor) {
    const Seq gap_from = subscription.cursor + 1;
    subscription.cursor = delivered;
    finish(session, subscription, false, gap_from);
    return;
  }
  const bool whole = !page->events.empty() && page->events.back().seq >= delivered;
  if (subscription.request && !subscription.measured && !whole) {
    measure(session, subscription);
    return;
  }
  write_page(session, subscription, *page);
  if (page->events.empty()) {
    subscription.mode = Mode::paused;  // the log is behind the bus: retry() looks again
  } else {
    step(session, subscription);
  }
}

// More than a page was missed: is it more than is replayed at all? Asked before anything is
// written.
void Attacher::measure(Session& session, Subscription& subscription) {
  subscription.measured = true;
  context_.ports.log.measure(subscription.channel->id, subscription.cursor,
                             resume<Measure>(session, subscription, &Attacher::measured));
}

void Attacher::measured(Session& session, Subscription& subscription, Result<Measure> measure) {
  if (!measure) {
    refuse(session, subscription, measure.error());
  } else if (measure->bytes > limits::kReplayBytesMax ||
             measure->events > limits::kReplayEventsMax) {
    const Seq gap_from = subscription.cursor + 1;
    subscription.cursor = subscription.channel->sequencer.delivered();
    finish(session, subscription, false, gap_from);
  } else {
    step(session, subscription);
  }
}

void Attacher::write_page(Session& session, Subscription& subscription, const Page& page) {
  const Seq delivered = subscription.channel->sequencer.delivered();
  std::string frames;
  std::uint32_t count = 0;
  for (const DurableEvent& event : page.events) {
    if (event.seq > delivered) break;                // it comes live
    if (event.seq <= subscription.cursor) continue;  // acked in its place meanwhile
    append_event_frame(frames, event);
    subscription.cursor = event.seq;
    ++count;
    ++context_.counters.replayed_events;
    count_broadcast(event);
  }
  session.sink->write(frames, count);
}

void Attacher::write_subscribed(Session& session, const Subscription& subscription, bool recovered,
                                std::optional<Seq> gap_from) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "subscribed");
  if (subscription.request && !subscription.request->id.empty()) {
    writer.field("id", subscription.request->id);
  }
  writer.field("channel", subscription.channel->id).field("seq", subscription.cursor);
  writer.field("recovered", recovered);
  if (gap_from) {
    writer.key("gap").begin_object();
    writer.field("from", *gap_from).field("to", subscription.cursor).end_object();
  }
  if (subscription.request && subscription.channel->id.is_chat() && subscription.channel->small()) {
    writer.key("receipts").begin_array();
    for (const Receipt& receipt : subscription.request->receipts) {
      writer.begin_object().field("user_id", receipt.user);
      writer.field("last_read_seq", receipt.last_read_seq).end_object();
    }
    writer.end_array();
  }
  if (subscription.request && subscription.watches()) {
    writer.key("presence");
    context_.presence->write_snapshot(writer, subscription.channel->id);
  }
  writer.end_object();
  write_frame(session, json);
}

}  // namespace kith
