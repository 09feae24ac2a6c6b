// The part of Attacher for a storm: thousands come back at once, and all members of a chat have
// missed the same. Whoever comes first has it read from the log, for the channel's recent window;
// who comes meanwhile waits for that page, and who comes later finds it. So a changed channel is
// read once, whatever the number of those who resume it.
//
// Nobody's right is asked anew for such a page: it was good when the store said so at the attach,
// and has been ended since by the channel's own events, all of which up to the window's last have
// been applied here (ARCHITECTURE 2.8).
#include <algorithm>

#include "engine/attacher.h"
#include "engine/delivery.h"
#include "engine/hub.h"

namespace kith {

using Mode = Subscription::Mode;

namespace {

// Read beyond what the first one needs: those who were cut at the same time stand a little apart.
constexpr Seq kEarlier = 16;

// Are the page and the window together everything up to `delivered`, as it is now? What the page
// shows is outdated where something was changed behind it; then the window, which forgets what it
// has at a change, does not reach back to where the page ends.
bool reaches(const Page& page, const RecentWindow& window, Seq delivered) {
  if (page.events.empty()) return false;
  if (page.head >= delivered) return page.events.back().seq >= delivered;
  return page.events.back().seq == page.head && window.covers(page.head, delivered);
}

}  // namespace

bool Attacher::share_page(Subscription& subscription) {
  Channel& channel = *subscription.channel;
  const Seq delivered = channel.sequencer.delivered();
  const Seq cursor = subscription.cursor;
  if (subscription.alone || delivered - cursor > RecentWindow::kEventsMax) return false;
  if (channel.filling && *channel.filling > cursor) return false;
  subscription.mode = Mode::sharing;
  if (channel.filling) return true;
  const Seq oldest = delivered - std::min<Seq>(delivered, RecentWindow::kEventsMax);
  const Seq after = std::max(cursor - std::min(cursor, kEarlier), oldest);
  channel.filling = after;
  context_.ports.log.read(
      {.channel = channel.id, .reader = std::nullopt, .after = after},
      [this, id = channel.id](Result<Page> page) { fill_window(id, std::move(page)); });
  return true;
}

void Attacher::fill_window(const ChannelId& id, Result<Page> page) {
  Channel* channel = context_.hub->find(id);
  if (channel == nullptr || !channel->filling) return;  // it went, and may have come back
  channel->filling.reset();
  // Where one of them throws below, retry() goes on with the others.
  std::vector<std::pair<SessionRef, std::uint64_t>> waiting;
  for (Subscription* member : channel->members) {
    if (member->mode != Mode::sharing) continue;
    member->mode = Mode::paused;
    member->alone = true;
    waiting.emplace_back(member->session->ref, member->serial);
  }
  const Seq delivered = channel->sequencer.delivered();
  if (page && reaches(*page, channel->window, delivered)) {
    if (page->head >= delivered) channel->window.clear();
    std::vector<BusEventPtr> events;
    for (DurableEvent& event : page->events) {
      if (event.seq <= delivered) events.push_back(make_bus_event(std::move(event)));
    }
    channel->window.put_before(std::move(events), page->head);
  }
  for (const auto& [ref, serial] : waiting) {
    context_.connections->drop_if_it_throws(ref, [&] {
      Session* session = context_.sessions->find(ref);
      Subscription* subscription = session == nullptr ? nullptr : session->find(serial);
      if (subscription != nullptr && subscription->mode == Mode::paused) {
        step(*session, *subscription);
      }
    });
  }
}

}  // namespace kith
