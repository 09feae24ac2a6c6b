// The rest of a life: who comes and goes, and what is looked at.
#include <fmt/format.h>

#include "tests/storage/twins.h"

namespace kith {

void Twins::add_participant() {
  const auto user = any_user();
  const auto at = now();
  const auto chat = any_chat();
  const auto whom = any_user_id();
  const auto role = static_cast<ParticipantRole>(chance(50) ? 0 : below(3));
  both("add_participant", [&](Side& side) {
    return describe(side.shard().add(actor(side, user, at), chat, whom, role));
  });
}

void Twins::remove_participant() {
  const auto user = any_user();
  const auto at = now();
  const auto chat = any_chat();
  const auto whom = chance(30) ? user_ids_[user] : any_user_id();
  both("remove_participant",
       [&](Side& side) { return describe(side.shard().drop(actor(side, user, at), chat, whom)); });
}

void Twins::report() {
  const auto user = any_user();
  const auto at = now();
  const Place place = any_message();
  const ReportId id{uuids_.next(at)};
  both("report", [&](Side& side) {
    return describe(side.shard().report(actor(side, user, at), place.chat, place.message, id));
  });
}

void Twins::get() {
  const auto user = any_user();
  const auto at = now();
  const auto chat = any_chat();
  both("get", [&](Side& side) { return describe(side.shard().get(actor(side, user, at), chat)); });
}

void Twins::list() {
  const auto user = any_user();
  const auto at = now();
  const auto limit = static_cast<std::uint32_t>(below(4));
  const bool go_on = chance(50);
  both("list", [&](Side& side) {
    auto listed =
        side.shard().list(actor(side, user, at), go_on ? side.cursor : std::nullopt, limit);
    if (listed) side.cursor = listed->next_cursor;
    return describe(listed) + describe(side.shard().followable(side.users[user].key, limit));
  });
}

void Twins::history() {
  const auto user = any_user();
  const auto at = now();
  HistoryRequest request;
  request.chat = any_chat();
  switch (below(4)) {
    case 0:
      request.before_seq = below(60);
      break;
    case 1:
      request.after_seq = below(60);
      break;
    case 2:
      request.before_time = now_ - std::chrono::seconds{below(300)};
      break;
    default:
      break;
  }
  request.limit = static_cast<std::uint32_t>(below(20));
  request.bytes_max = chance(50) ? limits::kHistoryBytesMax : below(5'000);
  request.with_read_by = chance(50);
  both("history",
       [&](Side& side) { return describe(side.shard().history(actor(side, user, at), request)); });
}

void Twins::attach() {
  const auto user = any_user();
  const ChannelId channel = chance(30) ? ChannelId(user_ids_[any_user()]) : ChannelId(any_chat());
  const auto chat = any_chat();
  const Seq after = below(60);
  both("attach", [&](Side& side) {
    const UserKey key = side.users[user].key;
    const auto measured = side.shard().measure(channel, after);
    return describe(side.shard().attach(channel, key)) + describe(side.shard().access(key, chat)) +
           (measured ? std::to_string(measured->events) : "no measure");
  });
}

void Twins::read() {
  const auto user = any_user();
  PageRequest request;
  request.channel = chance(30) ? ChannelId(user_ids_[any_user()]) : ChannelId(any_chat());
  request.after = below(80);
  request.events_max = static_cast<std::uint32_t>(1 + below(20));
  if (chance(50)) request.bytes_max = below(5'000);
  const bool as_reader = chance(70);
  both("read", [&](Side& side) {
    PageRequest mine = request;
    if (as_reader) mine.reader = side.users[user].key;
    return describe(side.shard().read(mine));
  });
}

void Twins::heads() {
  const Position back = below(30);
  if (!dense_) return;
  both("heads_since", [&](Side& side) {
    const auto here = side.shard().heads_since(std::nullopt);
    REQUIRE(here.ok());
    return describe(side.shard().heads_since(here->position - std::min(here->position, back)));
  });
}

void Twins::log_in() {
  const auto user = any_user();
  const auto at = now();
  NewSession session;
  session.id = AuthSessionId{uuids_.next(at)};
  session.refresh_hash.fill(++tokens_);
  session.now = at;
  session.refresh_expires = at + std::chrono::seconds{below(600)};
  logins_.push_back(session.id);
  both("create_session", [&](Side& side) {
    NewSession mine = session;
    mine.user = side.users[user].key;
    return describe(side.shard().await<Nothing>(
        [&](auto done) { side.shard().accounts().create_session(mine, std::move(done)); }));
  });
}

void Twins::refresh() {
  if (tokens_ == 0 || tokens_ > 200) return;
  const auto at = now();
  TokenHash used{};
  TokenHash next{};
  used.fill(static_cast<std::uint8_t>(1 + below(tokens_)));
  next.fill(++tokens_);
  both("rotate_refresh", [&](Side& side) {
    std::string revoked;
    auto rotated = side.shard().await<Refreshed>([&](auto done) {
      side.shard().accounts().rotate_refresh(
          used, next, at, at + std::chrono::seconds{600},
          [&](Committed committed) { revoked = describe(committed); }, std::move(done));
    });
    if (!rotated) return describe(rotated.error()) + revoked;
    return describe(rotated->user) + rotated->session.text() + revoked;
  });
}

void Twins::log_out() {
  const auto user = any_user();
  const auto at = now();
  const auto session = logins_.empty() || chance(10) ? AuthSessionId{uuids_.next(at)}
                                                     : logins_[below(logins_.size())];
  const bool revoke = chance(30);
  both("authenticate", [&](Side& side) {
    const auto& who = side.users[user];
    auto& accounts = side.shard().accounts();
    std::string out;
    if (revoke) {
      out = describe(side.shard().await<Committed>(
          [&](auto done) { accounts.revoke_session(who.key, session, at, std::move(done)); }));
    }
    const auto known = side.shard().await<AuthenticatedUser>(
        [&](auto done) { accounts.authenticate(who.id, session, std::move(done)); });
    if (!known) return out + describe(known.error());
    return out + describe(known->user) + (known->session_known ? " known" : "");
  });
}

void Twins::step() {
  struct Choice {
    std::size_t weight;
    void (Twins::*run)();
  };
  static constexpr Choice kChoices[] = {{30, &Twins::append},
                                        {10, &Twins::edit},
                                        {5, &Twins::remove},
                                        {12, &Twins::react},
                                        {12, &Twins::moderate},
                                        {8, &Twins::mark_read},
                                        {3, &Twins::mark_delivered},
                                        {4, &Twins::create},
                                        {8, &Twins::add_participant},
                                        {4, &Twins::remove_participant},
                                        {2, &Twins::report},
                                        {5, &Twins::get},
                                        {5, &Twins::list},
                                        {8, &Twins::history},
                                        {5, &Twins::attach},
                                        {8, &Twins::burst},
                                        {2, &Twins::log_in},
                                        {5, &Twins::refresh},
                                        {2, &Twins::log_out},
                                        {8, &Twins::read},
                                        {4, &Twins::heads}};
  std::size_t sum = 0;
  for (const Choice& choice : kChoices) sum += choice.weight;
  std::size_t at = below(sum);
  ++steps_;
  for (const Choice& choice : kChoices) {
    if (at < choice.weight) return (this->*choice.run)();
    at -= choice.weight;
  }
}

void Twins::compare_all() {
  const auto log_of = [](Side& side, ChannelId channel) {
    std::string out;
    for (const auto& event : side.store.log_of(channel)) out += describe(event) + "\n";
    return out;
  };
  for (const ChatId chat : chats_) {
    both("whole log", [&](Side& side) { return log_of(side, chat); });
    for (std::size_t user = 0; user < user_count_; ++user) {
      both("whole chat", [&](Side& side) {
        const Actor who = actor(side, user, now_);
        HistoryRequest request;
        request.chat = chat;
        request.limit = limits::kHistoryLimitMax;
        request.with_read_by = true;
        return describe(side.shard().get(who, chat)) +
               describe(side.shard().history(who, request)) +
               describe(side.shard().attach(chat, who.key));
      });
    }
  }
  for (std::size_t user = 0; user < user_count_; ++user) {
    both("own channel and list", [&](Side& side) {
      return log_of(side, user_ids_[user]) +
             describe(side.shard().list(actor(side, user, now_), std::nullopt, 100));
    });
  }
}

}  // namespace kith
