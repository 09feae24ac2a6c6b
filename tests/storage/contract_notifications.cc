// What users are told: history, read marks, preferences. On every store that keeps them.
#include "tests/storage/notices_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

TEST_CASE_TEMPLATE("a notification is in the history and in the log, with one id", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  const ChatId chat = notices.tell(owner, {member});

  const auto list = notices.list(member);
  REQUIRE(list.ok());
  REQUIRE(list->items.size() == 1);
  CHECK(list->unread_count == 1);
  CHECK_FALSE(list->next_cursor.has_value());
  const NotificationRecord& item = list->items.front();
  CHECK(item.type == "chat.joined");
  CHECK(item.payload_json.find(chat.text()) != std::string::npos);
  CHECK_FALSE(item.read_at.has_value());

  const auto log = store.log_of(member.id);
  REQUIRE(log.size() == 1);
  CHECK(log[0].type == EventType::notification_new);
  CHECK(log[0].payload.find(item.id.text()) != std::string::npos);
  CHECK(log[0].payload.find("silent") == std::string::npos);
  // Of one's own doing one is told, but it is not unread.
  const auto own = notices.list(owner);
  REQUIRE(own->items.size() == 1);
  CHECK(own->items[0].read_at.has_value());
  CHECK(own->unread_count == 0);
  CHECK(store.log_of(owner.id)[0].payload.find(R"("silent":true)") != std::string::npos);
  store.reopen();
  CHECK(Notices(store).list(member)->items.size() == 1);
}

TEST_CASE_TEMPLATE("the list goes page by page, newest first, each once", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  for (int i = 0; i < 25; ++i) notices.tell(owner, {member});
  std::vector<NotificationId> seen;
  std::optional<std::string> cursor;
  do {
    const auto page = notices.list(member, cursor, 10);
    REQUIRE(page.ok());
    CHECK(page->items.size() <= 10);
    CHECK(page->unread_count == 25);
    for (const auto& item : page->items) {
      if (!seen.empty()) CHECK(item.id < seen.back());
      seen.push_back(item.id);
    }
    cursor = page->next_cursor;
  } while (cursor);
  CHECK(seen.size() == 25);
  for (const char* bad : {"", "nonsense", "ntf_01J00000000000000000000000"}) {
    CHECK(outcome(notices.list(member, std::string(bad))) == "bad_request");
  }
  // A cursor is a place, and shows nobody else's.
  const auto stranger = store.add_user("stranger");
  CHECK(notices.list(stranger, notices.list(member, {}, 10)->next_cursor)->items.empty());
}

TEST_CASE_TEMPLATE("one is read by itself, or all up to one", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  for (int i = 0; i < 5; ++i) notices.tell(owner, {member});
  const auto items = notices.list(member)->items;  // 4 is the oldest

  const auto read = notices.read(member, items[1].id);
  REQUIRE(read.ok());
  CHECK(read->unread_count == 4);
  REQUIRE(read->events.size() == 1);
  CHECK(read->events[0].type == EventType::notification_read);
  CHECK(read->events[0].channel == ChannelId(member.id));
  CHECK(read->events[0].payload.find(items[1].id.text()) != std::string::npos);
  CHECK(read->events[0].payload.find(R"("unread_count":4)") != std::string::npos);
  const auto again = notices.read(member, items[1].id);
  REQUIRE(again.ok());
  CHECK(again->unread_count == 4);
  CHECK(again->events.empty());

  CHECK(notices.read_to(member, items[2].id)->unread_count == 1);
  const auto backwards = notices.read_to(member, items[4].id);
  CHECK(backwards->unread_count == 1);
  CHECK(backwards->events.empty());
  CHECK(notices.read(member, items[3].id)->events.empty());  // below the mark: read already
  const auto now = notices.list(member);
  CHECK_FALSE(now->items[0].read_at.has_value());
  for (std::size_t i = 1; i < 5; ++i) CHECK(now->items[i].read_at.has_value());
  CHECK(now->unread_count == 1);

  // What comes afterwards is unread, also where the clock stands still.
  notices.tell(owner, {member});
  CHECK(notices.list(member)->unread_count == 2);
  const auto log = store.log_of(member.id);
  CHECK(log.back().type == EventType::notification_new);
  CHECK(log[5].payload == read->events[0].payload);
}

TEST_CASE_TEMPLATE("nobody reads another's notifications", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  notices.tell(owner, {member});
  const auto id = notices.list(member)->items.front().id;
  CHECK(outcome(notices.read(owner, id)) == "not_found");
  CHECK(outcome(notices.read_to(owner, id)) == "not_found");
  CHECK(outcome(notices.read(member, NotificationId{})) == "not_found");
  NotificationId future;
  future.uuid.fill(0xFE);
  CHECK(outcome(notices.read_to(member, future)) == "not_found");
  CHECK(notices.list(member)->unread_count == 1);
}

TEST_CASE_TEMPLATE("ids rise per user even where the clock goes back", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  notices.tell(owner, {member});
  const auto first = notices.list(member)->items.front().id;
  REQUIRE(notices.read_to(member, first).ok());
  store.advance(-1h);
  notices.tell(owner, {member});
  const auto list = notices.list(member);
  REQUIRE(list->items.size() == 2);
  CHECK(list->items[0].id > first);
  CHECK(list->items[1].id == first);
  CHECK(list->unread_count == 1);
}

TEST_CASE_TEMPLATE("preferences have defaults, and change part by part", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto user = store.add_user("user");
  const auto before = notices.preferences(user);
  REQUIRE(before.ok());
  CHECK(before->time_zone == "UTC");
  CHECK_FALSE(before->quiet.has_value());
  CHECK(before->web_hook == NoticeMode::now);
  CHECK(before->email == NoticeMode::digest);

  PreferencesChange change;
  change.time_zone = "America/Chicago";
  change.quiet.emplace(QuietHours{.from = 22 * 60, .to = 7 * 60});
  change.digest = DigestTimes{.every = DigestEvery::week, .minute = 540, .weekday = 5};
  change.types.push_back({.type = "chat.joined",
                          .choice = NoticeChoice{.type = "chat.joined",
                                                 .in_app = false,
                                                 .web_hook = NoticeMode::off,
                                                 .email = std::nullopt}});
  REQUIRE(notices.change(user, change).ok());
  PreferencesChange another;
  another.email = NoticeMode::now;
  REQUIRE(notices.change(user, another).ok());
  const auto after = notices.preferences(user);
  CHECK(after->time_zone == "America/Chicago");
  CHECK(after->quiet == QuietHours{.from = 22 * 60, .to = 7 * 60});
  CHECK(after->digest == DigestTimes{.every = DigestEvery::week, .minute = 540, .weekday = 5});
  CHECK(after->email == NoticeMode::now);
  REQUIRE(after->types.size() == 1);
  CHECK_FALSE(after->types[0].in_app);
  CHECK(after->types[0].web_hook == NoticeMode::off);
  CHECK_FALSE(after->types[0].email.has_value());

  PreferencesChange bad;
  bad.time_zone = "Mars/Olympus";
  bad.email = NoticeMode::off;
  CHECK(outcome(notices.change(user, bad)) == "bad_request");
  PreferencesChange many;
  for (std::size_t i = 0; i < limits::kNoticeTypesMax; ++i) {
    const std::string type = numbered("type.", i);
    many.types.push_back({.type = type, .choice = NoticeChoice{.type = type}});
  }
  CHECK(outcome(notices.change(user, many)) == "too_large");  // with the one that is there
  CHECK(notices.preferences(user)->email == NoticeMode::now);
  CHECK(notices.preferences(user)->types.size() == 1);
  PreferencesChange back;
  back.quiet.emplace();
  back.types.push_back({.type = "chat.joined", .choice = std::nullopt});
  REQUIRE(notices.change(user, back).ok());
  CHECK(notices.preferences(user)->types.empty());
  CHECK_FALSE(notices.preferences(user)->quiet.has_value());
}

TEST_CASE_TEMPLATE("a type that is silent in the app counts as read from the start", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending({.web_hook = true}));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  PreferencesChange change;
  change.types.push_back(
      {.type = "chat.joined", .choice = NoticeChoice{.type = "chat.joined", .in_app = false}});
  REQUIRE(notices.change(member, change).ok());
  notices.tell(owner, {member});
  const auto list = notices.list(member);
  REQUIRE(list->items.size() == 1);
  CHECK(list->items[0].read_at.has_value());
  CHECK(list->unread_count == 0);
  CHECK(store.log_of(member.id).back().payload.find(R"("silent":true)") != std::string::npos);
  CHECK(notices.look(OutgoingChannel::web_hook).waiting == 0);
}

}  // namespace
}  // namespace kith
