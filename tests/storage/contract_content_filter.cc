// Messages on their way to the content filter: taken from the log, each judged once, hidden by
// nobody.
#include "tests/storage/notices_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;
using enum OutgoingChannel;

struct Filter {
  explicit Filter(StoreFixture& fixture, std::size_t shard = 0)
      : store(fixture), notices(fixture, shard) {}

  // The first look of all: what is said from here on is judged.
  void begin() { CHECK(claim().empty()); }
  std::vector<Delivery> claim(std::uint32_t limit = 100) {
    return notices.claim(content_filter, store.now(), limit).deliveries;
  }
  void settle(const Delivery& delivery, OutgoingOutcome outcome,
              std::optional<std::string> hide = {}) {
    const Settlement settlement{.row = delivery.row,
                                .attempt = delivery.attempt,
                                .outcome = outcome,
                                .at = store.now(),
                                .channel = content_filter,
                                .hide = std::move(hide)};
    const auto settled = store->await<Nothing>(
        [&](auto done) { store->store().outbox()->settle({settlement}, std::move(done)); });
    REQUIRE_MESSAGE(settled.ok(), settled.error().message);
  }

  StoreFixture& store;
  Notices notices;
};

std::vector<std::string> texts_of(const std::vector<Delivery>& deliveries) {
  std::vector<std::string> out;
  for (const Delivery& delivery : deliveries) out.push_back(delivery.checked->content);
  return out;
}

TEST_CASE_TEMPLATE("what is said behind the first look is judged, new and edited", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const UserRecord owner = store.add_user("owner");
  const ChatId chat = store.add_group({owner});
  store.say(owner, chat, "of old");
  Filter filter(store);
  filter.begin();
  const auto said = store.say(owner, chat, "one");
  REQUIRE(store->react(store.actor(owner), {chat, said.message, "👍", true}).ok());
  const auto first = filter.claim();
  REQUIRE(texts_of(first) == std::vector<std::string>{text_content("one").json});
  CHECK(first[0].kind == OutgoingKind::content_check);
  CHECK(first[0].checked->chat == chat);
  CHECK(first[0].checked->message == said.message);
  CHECK(first[0].checked->sender == owner.id);
  CHECK_FALSE(first[0].checked->edited);
  CHECK(filter.claim().empty());  // leased
  filter.settle(first[0], OutgoingOutcome::sent);

  REQUIRE(store->edit(store.actor(owner), {chat, said.message, text_content("two")}).ok());
  const auto second = filter.claim();
  REQUIRE(texts_of(second) == std::vector<std::string>{text_content("two").json});
  CHECK(second[0].checked->edited);
  CHECK(second[0].id != first[0].id);
  filter.settle(second[0], OutgoingOutcome::retry);
  store.reopen();
  Filter again(store);
  const auto third = again.claim();
  REQUIRE(third.size() == 1);
  CHECK(third[0].id == second[0].id);
  CHECK(third[0].attempt == 2);
  again.settle(third[0], OutgoingOutcome::dead);
  store.advance(61s);
  CHECK(again.claim().empty());
  CHECK(again.notices.look(content_filter).waiting == 0);
}

TEST_CASE_TEMPLATE("a verdict hides once, without a moderator, and not what is gone", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const UserRecord owner = store.add_user("owner");
  const ChatId chat = store.add_group({owner});
  Filter filter(store);
  filter.begin();
  const auto bad = store.say(owner, chat, "bad");
  const auto gone = store.say(owner, chat, "bad and gone");
  const auto claimed = filter.claim();
  REQUIRE(claimed.size() == 2);
  REQUIRE(store->remove(store.actor(owner), {chat, gone.message, ""}).ok());
  for (const Delivery& delivery : claimed) {
    filter.settle(delivery, OutgoingOutcome::sent, "spam");
    filter.settle(delivery, OutgoingOutcome::sent, "spam");  // says nothing any more
  }
  std::vector<DurableEvent> hidden;
  for (DurableEvent& event : store.log_of(chat)) {
    if (event.type == EventType::system_moderation) hidden.push_back(std::move(event));
  }
  REQUIRE(hidden.size() == 1);
  CHECK(hidden[0].message == bad.message);
  CHECK(hidden[0].reason == "spam");
  CHECK_FALSE(hidden[0].by.has_value());
  // Its sender owns the chat, and cannot show it again.
  const Moderate restore{.chat = chat,
                         .action = command::ModerationAction::restore,
                         .message = bad.message,
                         .user = {},
                         .reason = {},
                         .until = {}};
  CHECK(outcome(store->moderate(store.actor(owner), restore)) == "forbidden");
  // What is hidden or deleted by the time it comes up needs no verdict.
  const auto third = store.say(owner, chat, "third");
  REQUIRE(store->remove(store.actor(owner), {chat, third.message, ""}).ok());
  const auto moot = filter.notices.claim(content_filter, store.now());
  CHECK(moot.deliveries.empty());
  CHECK(moot.moot == 1);
}

TEST_CASE_TEMPLATE("what its sender hid is judged all the same, and then stays hidden", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const UserRecord owner = store.add_user("owner");
  const ChatId chat = store.add_group({owner});
  Filter filter(store);
  filter.begin();
  Moderate request{.chat = chat,
                   .action = command::ModerationAction::hide,
                   .message = store.say(owner, chat, "bad").message,
                   .user = {},
                   .reason = {},
                   .until = {}};
  REQUIRE(store->moderate(store.actor(owner), request).ok());
  const auto claimed = filter.claim();
  REQUIRE(claimed.size() == 1);
  filter.settle(claimed[0], OutgoingOutcome::sent, "spam");
  request.action = command::ModerationAction::restore;
  CHECK(outcome(store->moderate(store.actor(owner), request)) == "forbidden");
}

TEST_CASE_TEMPLATE("more than one look takes in is judged all the same, each by one", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, 2);
  const UserRecord owner = store.add_user("owner");
  const ChatId chat = store.add_group({owner});
  Filter one(store, 0);
  Filter two(store, 1);
  one.begin();
  constexpr std::size_t kMessages = 2'500;
  for (std::size_t i = 0; i < kMessages; ++i) {
    store->append_later(store.message(owner, chat, numbered("text", i)));
  }
  for (const AppendOutcome& sent : store->flush()) REQUIRE(sent.result.ok());
  std::vector<DeliveryId> ids;
  for (int idle = 0; idle < 3;) {
    const std::size_t before = ids.size();
    for (Filter* filter : {&one, &two}) {
      for (const Delivery& delivery : filter->claim(400)) ids.push_back(delivery.id);
    }
    idle = ids.size() == before ? idle + 1 : 0;
  }
  CHECK(ids.size() == kMessages);
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

}  // namespace
}  // namespace kith
