#include "tests/simulation/store_model.h"

#include <algorithm>

#include "protocol/assert.h"
#include "storage/memory_chats.h"
#include "storage/memory_log.h"
#include "storage/memory_seed.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Time kSyncInterval = 2s;                // of the store that acks before it has synced
constexpr Time kOverlap = 200ms;                  // two commits that do not see each other
constexpr std::uint64_t kCommitsUntilDeath = 12;  // of one that asserts
constexpr std::uint32_t kStallMax = 600;          // of 1000, however the dice fall
constexpr WallTime kBegin{std::chrono::milliseconds{1'714'000'000'000}};

StorageOptions options_of(const Plan& plan) {
  StorageOptions options;
  options.log_keep = std::chrono::hours(0);
  options.log_keep_events = plan.log_keep_events;
  return options;
}

}  // namespace

StoreModel::StoreModel(Scheduler& scheduler, const Plan& plan, Recorder& recorder)
    : tables(options_of(plan), plan.seed), scheduler_(scheduler), plan_(plan), recorder_(recorder) {
  auto made = memory::seed(tables, {.users = plan.users,
                                    .rooms = plan.rooms,
                                    .members = plan.members,
                                    .password_hash = "-",
                                    .now = kBegin});
  KITH_ASSERT(made.ok());
  seeded = std::move(*made);
  if (plan_.mutation == Mutation::unsynced) sync();
}

Fate StoreModel::fate(Random& random) const {
  if (is_down()) return Fate::refused;
  if (calm_) return Fate::done;
  if (random.chance(plan_.fault(Fault::store_refuse))) return Fate::refused;
  if (random.chance(plan_.fault(Fault::store_unknown))) return Fate::unknown;
  return Fate::done;
}

Time StoreModel::commit_time(Random& random) const {
  if (!calm_ && random.chance(std::min(plan_.fault(Fault::store_stall), kStallMax))) {
    return random.time(100ms, 8s);
  }
  return random.chance(50) ? random.time(2ms, 40ms) : random.time(100us, 3ms);
}

Time StoreModel::answer_time(Random& random) const {
  return random.chance(80) ? random.time(1ms, 120ms) : random.time(0us, 500us);
}

void StoreModel::go_down(Time time) {
  up_at_ = std::max(up_at_, scheduler_.now() + time);
}

void StoreModel::heal() {
  calm_ = true;
  up_at_ = Time{};
}

void StoreModel::sync() {
  synced_ = std::make_unique<memory::Tables>(tables);
  synced_at_ = scheduler_.now();
}

void StoreModel::lose_power() {
  if (plan_.mutation != Mutation::unsynced || calm_) return;
  tables = *synced_;
}

void StoreModel::note_committed(const std::vector<DurableEvent>& events) {
  ++committed;
  if (plan_.mutation == Mutation::unsynced && scheduler_.now() >= synced_at_ + kSyncInterval) {
    sync();
  }
  for (const DurableEvent& event : events) {
    const bool banned = event.type == EventType::system_moderation &&
                        event.action == command::ModerationAction::ban;
    const bool lost = banned || event.type == EventType::participant_leave;
    if (!lost && event.type != EventType::participant_join) continue;
    // Who is let in again may read what was said meanwhile. The checker goes by numbers, so it is
    // told that the right came back just behind where it ended; what reaches somebody while they
    // are out is judged as it comes (Client::deliver).
    const std::pair place{event.channel, *event.user};
    const auto end = ended_.find(place);
    const Seq seq = lost || end == ended_.end() ? event.seq : end->second + 1;
    if (lost) {
      ++losses_[place];
      if (!ended_.emplace(place, event.seq).second) continue;  // it had none any more
    } else if (end != ended_.end()) {
      ended_.erase(end);
    }
    recorder_.add({.kind = test::Kind::Right,
                   .user = event.user->text(),
                   .channel = event.channel.text(),
                   .seq = seq,
                   .change = lost ? "lost" : "gained"});
  }
}

Result<Appended> StoreModel::append(const Append& append, const StoreLine& by) {
  if (plan_.mutation == Mutation::no_dedup) tables.messages_by_client_id.clear();
  Result<Appended> appended = memory::append(tables, append);
  if (!appended || appended->duplicate) return appended;
  note_committed({});
  KITH_ASSERT(plan_.mutation != Mutation::asserts || committed < kCommitsUntilDeath);
  if (plan_.mutation != Mutation::max_plus_one) return appended;
  Writer& last = last_writer_[append.chat];
  const bool overlapped =
      last.line != nullptr && last.line != &by && scheduler_.now() < last.at + kOverlap;
  last = {&by, scheduler_.now()};
  memory::Channel& channel = tables.channel(*tables.find_channel(append.chat));
  renumber(channel, overlapped);
  appended->seq = channel.log.back().seq;
  return appended;
}

// The newest entry gets the number that max + 1 gives: that of the one before it again, where the
// writer did not see it yet.
void StoreModel::renumber(memory::Channel& channel, bool overlapped) {
  memory::LogEntry& entry = channel.log.back();
  const std::size_t size = channel.log.size();
  const Seq before = size > 1 ? channel.log[size - 2].seq : 0;
  entry.seq = before + (overlapped && before > 0 ? 0 : 1);
  tables.positions.back().second = entry.seq;
}

Result<Committed> StoreModel::changed(Result<Committed> committed) {
  if (!committed) return committed;
  if (plan_.mutation == Mutation::max_plus_one && committed->events.size() == 1) {
    memory::Channel& channel = tables.channel(*tables.find_channel(committed->events[0].channel));
    renumber(channel, false);
    committed->events[0].seq = channel.log.back().seq;
  }
  note_committed(committed->events);
  return committed;
}

RewardStore& StoreModel::rewards() {
  if (rewards_) return *rewards_;
  std::vector<UserRef> users;
  for (const auto& user : seeded.users) {
    users.push_back({.key = *tables.find_user(user.id), .id = user.id});
  }
  rewards_ = std::make_unique<RewardStore>(users, kBegin);
  return *rewards_;
}

// The store's id is of chance, and a life must be the same each time.
void StoreModel::give_own_id(std::string& notification, WallTime now) {
  const std::string id = NotificationId{tables.new_uuid(now)}.text();
  const auto at = notification.find("ntf_");
  KITH_ASSERT(at != std::string::npos && at + id.size() <= notification.size());
  notification.replace(at, id.size(), id);
}

Result<Recorded> StoreModel::record(const Actor& actor, ActivityOrigin origin,
                                    const Activity& activity) {
  if (plan_.mutation == Mutation::counts_again) rewards().forget_keys();
  if (plan_.mutation == Mutation::loses_days) rewards().forget_days();
  if (plan_.mutation == Mutation::gives_twice) rewards().forget_badges();
  auto recorded = rewards().record(actor, origin, activity);
  if (!recorded) return recorded;
  if (plan_.mutation == Mutation::loses_points) rewards().lose_a_point();
  if (plan_.mutation == Mutation::loses_moves && !recorded->duplicate) {
    for (const ScoreState& score : recorded->scores) rewards().lose_move(actor.key, score.delta);
  }
  if (recorder_.tells() && !recorded->boards.empty()) {
    recorder_.note("the board has revision " + std::to_string(rewards().board_now().revision));
  }
  // Here the user's channel has its log.
  for (DurableEvent& event : recorded->events) {
    if (event.type == EventType::notification_new) give_own_id(event.payload, actor.now);
    memory::LogEntry row;
    row.type = event.type;
    row.at = event.at;
    row.user = actor.key;
    row.detail = event.payload;
    event = tables.append(memory::own_channel(actor.key), std::move(row));
  }
  note_committed(recorded->events);
  return recorded;
}

Result<Page> StoreModel::page(const PageRequest& request) {
  Result<Page> page = memory::read(tables, request);
  if (page && plan_.mutation == Mutation::always_gap && !calm_) hide(*page, request);
  if (!page || plan_.mutation != Mutation::max_plus_one) return page;
  memory::Channel& channel = tables.channel(*tables.find_channel(request.channel));
  page->events.clear();
  page->head = channel.log.empty() ? 0 : channel.log.back().seq;
  for (const memory::LogEntry& entry : channel.log) {
    // Who reads by numbers takes one row of each.
    const Seq last = page->events.empty() ? request.after : page->events.back().seq;
    if (entry.seq <= last || page->events.size() >= request.events_max) continue;
    page->events.push_back(tables.durable_event(channel, entry));
  }
  return page;
}

// Mutation::always_gap: from one who comes back, all of it; from a shard, which may read on behalf
// of many, the newest, so that it cannot hand that page to each of them. That it fills a hole later
// for it harms nobody for good: once all is calm nothing is hidden.
void StoreModel::hide(Page& page, const PageRequest& request) const {
  if (page.events.empty()) return;
  if (!request.reader) return page.events.pop_back();
  page.events.clear();
  page.trimmed_to = page.head;
}

Result<Attached> StoreModel::attach(const ChannelId& id, UserKey user) {
  // Boards are everybody's, and have no log.
  if (id.kind == IdKind::board) return Attached{};
  Result<Attached> attached = memory::attach(tables, id, user);
  if (!attached || plan_.mutation != Mutation::max_plus_one) return attached;
  const memory::Channel& channel = tables.channel(attached->key);
  attached->head = channel.log.empty() ? 0 : channel.log.back().seq;
  return attached;
}

Result<Heads> StoreModel::heads(std::optional<Position> position, const AskedChannels& asked) {
  Heads heads = memory::heads_since(tables, position, asked);
  if (plan_.mutation == Mutation::no_heads) heads.heads.clear();
  return heads;
}

std::optional<Seq> StoreModel::right_ended(const ChannelId& channel, const UserId& user) const {
  const auto end = ended_.find({channel, user});
  if (end == ended_.end()) return std::nullopt;
  return end->second;
}

std::uint32_t StoreModel::rights_lost(const ChannelId& channel, const UserId& user) const {
  const auto count = losses_.find({channel, user});
  return count == losses_.end() ? 0 : count->second;
}

bool StoreModel::login_ended(const AuthSessionId& login) const {
  const auto found = tables.logins.find(login);
  return found != tables.logins.end() && found->second.revoked;
}

Seq StoreModel::head(const ChannelId& channel) {
  const auto key = tables.find_channel(channel);
  if (!key || tables.channel(*key).log.empty()) return 0;
  return tables.channel(*key).log.back().seq;
}

bool StoreModel::has_trimmed(const ChannelId& channel, Seq seq) {
  const auto key = tables.find_channel(channel);
  return key && tables.channel(*key).trimmed >= seq;
}

bool StoreModel::may_read(const ChannelId& channel, const UserId& user) {
  if (channel == ChannelId(user)) return true;
  const auto key = tables.find_user(user);
  return channel.is_chat() && key && tables.find_place(channel.chat(), *key).has_value();
}

std::vector<DurableEvent> StoreModel::log(const ChannelId& id, Seq* trimmed_to) {
  std::vector<DurableEvent> events;
  const auto key = tables.find_channel(id);
  if (!key) return events;
  const memory::Channel& channel = tables.channel(*key);
  *trimmed_to = channel.trimmed;
  for (const memory::LogEntry& entry : channel.log) {
    DurableEvent event = tables.durable_event(channel, entry);
    // What became of it shows in the content of now.
    if (entry.message && event.content.empty()) {
      event.content = tables.message(*entry.message).shown();
    }
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace kith::simulation
