#include "tests/storage/twins.h"

#include <fmt/format.h>

namespace kith {
namespace {

constexpr std::size_t kUsers = 6;
constexpr std::size_t kChatsMax = 6;

}  // namespace

Twins::Twins(std::uint64_t seed, const char* other)
    : seed_(seed),
      random_(seed),
      uuids_([this] { return random_(); }),
      dense_(std::string_view(other) != PostgresAdapter::kUrl),
      other_(other) {
  for (std::size_t i = 0; i < kUsers; ++i) add_user();
  create();
}

void Twins::both(const std::string& what, const Ask& ask) {
  const std::string expected = ask(memory_);
  const std::string answered = ask(other_);
  INFO("seed " << seed_ << ", step " << steps_ << ": " << what);
  const bool same = expected == answered;  // long texts: shown once, below
  REQUIRE_MESSAGE(same, "memory: " << expected << "\nother: " << answered);
}

Actor Twins::actor(Side& side, std::size_t user, WallTime at) const {
  return {.user = side.users[user].id, .key = side.users[user].key, .now = at};
}

ChatId Twins::any_chat() {
  if (chats_.empty() || chance(2)) return ChatId{uuids_.next(now_)};
  return chats_[below(chats_.size())];
}

Twins::Place Twins::any_message() {
  if (messages_.empty() || chance(3)) return {any_chat(), MessageId{uuids_.next(now_)}};
  // Mostly of late: those are still in all states.
  const std::size_t late = std::min<std::size_t>(messages_.size(), 20);
  Place place = messages_[messages_.size() - 1 - below(chance(80) ? late : messages_.size())];
  if (chance(10)) place.chat = any_chat();
  return place;
}

Content Twins::any_content() {
  return text_content(fmt::format("text {} 👍", below(4)));
}

UserId Twins::any_user_id() {
  return chance(3) ? UserId{uuids_.next(now_)} : user_ids_[any_user()];
}

void Twins::add_user() {
  const std::size_t number = user_count_++;
  user_ids_.push_back(UserId{uuids_.next(now_)});
  NewUser user;
  user.id = user_ids_.back();
  user.email = fmt::format("user{}@example.org", number);
  user.display_name = fmt::format("User {}", number);
  user.now = now();
  both("create_user", [&](Side& side) {
    auto made = side.shard().await<UserRecord>(
        [&](auto done) { side.shard().accounts().create_user(user, std::move(done)); });
    if (made) side.users.push_back(*made);
    return describe(made);
  });
}

Append Twins::any_append(WallTime at) {
  Append append;
  const Place before = any_message();
  append.chat = chance(50) ? before.chat : any_chat();
  append.message = MessageId{uuids_.next(at)};
  append.client_message_id = fmt::format("client {}", below(chance(50) ? 10 : 100'000));
  append.content = any_content();
  if (chance(20)) append.reply_to = before.message;
  append.sent_at = at;
  return append;
}

void Twins::append() {
  struct Planned {
    std::size_t user;
    Append append;
  };
  std::vector<Planned> plan;
  for (std::size_t count = 1 + below(6); count > 0; --count) {
    plan.push_back({any_user(), any_append(now())});
    messages_.push_back({plan.back().append.chat, plan.back().append.message});
  }
  both("append", [&](Side& side) {
    for (const auto& [user, append] : plan) {
      Append mine = append;
      mine.sender = side.users[user].id;
      mine.sender_key = side.users[user].key;
      side.shard().append_later(std::move(mine));
    }
    std::string out;
    for (const auto& outcome : side.shard().flush()) out += describe(outcome.result) + "\n";
    return out;
  });
}

void Twins::edit() {
  const auto user = any_user();
  const auto at = now();
  const auto [chat, message] = any_message();
  const EditMessage edit{chat, message, any_content()};
  both("edit",
       [&](Side& side) { return describe(side.shard().edit(actor(side, user, at), edit)); });
}

void Twins::remove() {
  const auto user = any_user();
  const auto at = now();
  const auto [chat, message] = any_message();
  const DeleteMessage remove{chat, message, "reason"};
  both("remove",
       [&](Side& side) { return describe(side.shard().remove(actor(side, user, at), remove)); });
}

void Twins::react() {
  const auto user = any_user();
  const auto at = now();
  const auto [chat, message] = any_message();
  const SetReaction reaction{chat, message, fmt::format("emoji {}", below(3)), chance(70)};
  both("react",
       [&](Side& side) { return describe(side.shard().react(actor(side, user, at), reaction)); });
}

void Twins::moderate() {
  const auto user = any_user();
  const auto at = now();
  Moderate moderate;
  const Place place = any_message();
  moderate.chat = place.chat;
  moderate.action = static_cast<command::ModerationAction>(below(6));
  if (!chance(3)) moderate.message = place.message;
  if (!chance(3)) moderate.user = any_user_id();
  if (chance(50)) moderate.reason = "reason";
  if (chance(70)) moderate.until = at + std::chrono::seconds{below(60)};
  both("moderate", [&](Side& side) {
    return describe(side.shard().moderate(actor(side, user, at), moderate));
  });
}

void Twins::mark_read() {
  const auto user = any_user();
  const auto at = now();
  const Place place = any_message();
  both("mark_read", [&](Side& side) {
    return describe(side.shard().mark_read(actor(side, user, at), place.chat, place.message));
  });
}

void Twins::mark_delivered() {
  const auto user = any_user();
  const auto chat = any_chat();
  const Seq seq = below(50);
  both("mark_delivered", [&](Side& side) {
    side.shard().mark_delivered({{chat, side.users[user].key, seq}});
    return std::string();
  });
}

void Twins::create() {
  const auto user = any_user();
  const auto at = now();
  CreateChat create;
  create.type = chance(30) ? ChatType::direct : ChatType::group;
  create.id = ChatId{uuids_.next(at)};
  create.name = fmt::format("chat {}", chats_.size());
  const std::size_t others = create.type == ChatType::direct ? 1 : 1 + below(4);
  for (std::size_t i = 0; i < others; ++i) create.participants.push_back(any_user_id());
  if (chance(30)) {
    create.idempotency = Idempotency{.path = "/chats",
                                     .key = fmt::format("key {}", below(3)),
                                     .request_digest = fmt::format("digest {}", below(2))};
  }
  both("create", [&](Side& side) {
    const auto made = side.shard().create(actor(side, user, at), create);
    if (made && made->created && chats_.size() < kChatsMax &&
        (chats_.empty() || chats_.back() != create.id)) {
      chats_.push_back(create.id);
    }
    return describe(made);
  });
}

}  // namespace kith
