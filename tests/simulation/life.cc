// The course of a life: faults and acts; then everything gets well and must be well within its
// time; then the last event of a burst is lost on the bus, with nobody to say more; then the end.
#include <algorithm>
#include <utility>

#include "tests/simulation/faults.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

// A silent server is given up after 25 s, a silent client after 33; then there is the way back.
constexpr Time kHealPatience = 60s;
// One look at the heads a second, a quarter of a second of patience, the reads.
constexpr Time kTailPatience = 2s;
// To the server, the commit, the answer, the bus, to the client.
constexpr Time kCommitted = 300ms;
constexpr Time kMessagePatience = 400ms;
// Presence: 15 s of grace behind the last of it, judged 60 s after.
constexpr Time kPresencePatience = 62s;
constexpr Time kLook = 50ms;
constexpr Time kStallsEnd = 40s;

}  // namespace

Outcome World::live() {
  begin();
  Faults faults(*this);
  faults.start();
  while (scheduler.now() < plan.life && acts_ <= plan.acts_max) {
    scheduler.run_until(std::min(plan.life, scheduler.now() + Time{1s}));
  }
  heal();
  wait_until_well("all faults", kHealPatience);
  // What the store was asked while it stalled comes in its time, and who fell silent is missed.
  scheduler.run_until(scheduler.now() + kStallsEnd);
  wait_until_well("what was silent", kHealPatience);
  for (int i = 0; i < 2; ++i) speak(Bus::carries);
  for (int i = 0; i < 2; ++i) speak(Bus::loses);
  if (plan.presence_is_judged()) scheduler.run_until(scheduler.now() + kPresencePatience);
  activities.settle_and_judge();
  look_at_resources();
  write_finals();
  for (const auto& node : nodes) node->stop();
  Outcome outcome = std::move(totals_);
  outcome.plan = plan;
  outcome.verdict = recorder.finish();
  outcome.lived = scheduler.now();
  outcome.digest = recorder.digest();
  outcome.bytes = recorder.bytes();
  outcome.turns = turns;
  outcome.acts = acts_;
  outcome.committed = store.committed;
  outcome.crashes = crashes_;
  outcome.activities = activities.acked();
  outcome.activities_repeated = activities.repeated();
  outcome.badges = activities.badges();
  for (const auto& client : clients) outcome.board_frames += client->board_frames();
  return outcome;
}

void World::heal() {
  recorder.note("everything gets well");
  calm_ = true;
  store.heal();
  bus.heal();
  for (const auto& node : nodes) {
    if (!node->is_up()) node->start();
  }
  for (const auto& client : clients) client->calm_down();
}

std::optional<std::string> World::not_well() const {
  for (const auto& node : nodes) {
    if (!node->takes_connections()) return "node " + std::to_string(node->number) + " is not up";
  }
  for (const auto& client : clients) {
    if (auto missing = client->not_well()) return missing;
  }
  return std::nullopt;
}

void World::wait_until_well(const std::string& what, Time patience) {
  const Time begun = scheduler.now();
  test::Record record{
      .kind = test::Kind::Heal, .what = what, .deadline = (begun + patience).count() * 1000};
  std::optional<std::string> missing = not_well();
  while (missing && scheduler.now() < begun + patience) {
    scheduler.run_until(scheduler.now() + kLook);
    missing = not_well();
  }
  if (missing) {
    record.what += ": " + *missing;
  } else {
    record.well = scheduler.now().count() * 1000;
  }
  recorder.add(std::move(record));
}

// Said by one when nothing else is: it arrives at once; and where the bus loses it for all others,
// nothing follows that would show it, and it arrives all the same.
void World::speak(Bus bus_then) {
  Client* speaker = nullptr;
  for (const auto& client : clients) {
    if (client->is_ready() && (speaker == nullptr || random.chance(300))) speaker = client.get();
  }
  if (speaker == nullptr) return;
  const bool loses = bus_then == Bus::loses;
  recorder.note(loses ? "the bus loses a tail" : "the bus carries what is said");
  bus.lose_all(loses);
  for (std::size_t room = 0; room < plan.rooms; ++room) speaker->send_message(room);
  scheduler.run_until(scheduler.now() + kCommitted);
  bus.lose_all(false);
  loses ? wait_until_well("a lost tail", kTailPatience)
        : wait_until_well("an ordinary message", kMessagePatience);
}

void World::look_at_resources() {
  for (const auto& node : nodes) {
    for (const auto& shard : node->shards) {
      most_queued_ = std::max(most_queued_, shard->most_queued());
    }
  }
  // Answers are never dropped, so they come on top: a page of the log, and what a session may have
  // under way of history (limits.h).
  const std::size_t limit =
      plan.outbound_bytes_max + limits::kReplayPageBytes + 4 * limits::kHistoryBytesMax;
  recorder.add({.kind = test::Kind::Resource,
                .what = "queue bytes",
                .value = static_cast<std::int64_t>(most_queued_),
                .limit = static_cast<std::int64_t>(limit)});
}

void World::write_finals() {
  for (std::size_t room = 0; room < plan.rooms; ++room) write_final(chat(room));
  for (std::size_t number = 0; number < plan.users; ++number) write_final(user(number));
}

void World::write_final(const ChannelId& channel) {
  Seq trimmed_to = 0;
  test::Record record{.kind = test::Kind::Final, .channel = channel.text()};
  for (const DurableEvent& event : store.log(channel, &trimmed_to)) {
    test::Entry entry{.seq = event.seq, .event = std::string(to_string(event.type))};
    if (event.message) entry.message_id = event.message->text();
    if (event.user) entry.user = event.user->text();
    entry.client_message_id = event.client_message_id;
    const Frame content(parser_, event.content.empty() ? "{}" : event.content);
    entry.deleted = content.text("type") == "tombstone";
    if (!content.text("text").empty()) entry.digest = test::content_digest(content.text("text"));
    if (!event.message) entry.message_id = reward_of(entry.event, Frame(parser_, event.payload));
    record.entries.push_back(std::move(entry));
  }
  record.whole = true;
  recorder.add(std::move(record));
}

Outcome live(const Plan& plan, Tell tell) {
  World world(plan, std::move(tell));
  return world.live();
}

}  // namespace kith::simulation
