#include "tests/storage/store_fixture.h"

#include <stdlib.h>

#include "protocol/json_writer.h"
#include "tests/support/postgres_server.h"

namespace kith {

void PumpedQueue::post(std::vector<Task> tasks) {
  const std::lock_guard lock(mutex_);
  for (Task& task : tasks) tasks_.push_back(std::move(task));
  came_.notify_all();
}

void PumpedQueue::pump() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (Task& task : tasks) task();
}

void PumpedQueue::pump_until(const std::function<bool()>& holds) {
  while (!holds()) {
    {
      std::unique_lock lock(mutex_);
      const bool came = came_.wait_for(lock, kPatience, [&] { return !tasks_.empty(); });
      REQUIRE_MESSAGE(came, "the store does not answer");
    }
    pump();
  }
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kith-store-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // a directory that stays behind fails no test
  std::filesystem::remove_all(path_, ignored);
}

TestShard::TestShard(Storage& storage) : store_(storage.for_shard(queue_)) {}

void TestShard::append_later(Append append) {
  const std::size_t at = waiting_++;
  outcomes_.emplace_back();
  log().append(std::move(append), [this, at](Append&& back, Result<Appended> result) {
    REQUIRE_FALSE(outcomes_[at].has_value());  // once
    std::size_t& last = last_answered_[ChannelId(back.chat)];
    // A full queue refuses at once.
    if (result) REQUIRE(last <= at);
    if (result) last = at;
    outcomes_[at].emplace(AppendOutcome{std::move(back), std::move(result)});
    ++answered_;
  });
}

std::vector<AppendOutcome> TestShard::flush() {
  log().submit();
  queue_.pump_until([this] { return answered_ == waiting_; });
  std::vector<AppendOutcome> out;
  for (auto& outcome : outcomes_) out.push_back(std::move(*outcome));
  waiting_ = 0;
  answered_ = 0;
  outcomes_.clear();
  last_answered_.clear();
  return out;
}

Result<Appended> TestShard::append(Append append) {
  append_later(std::move(append));
  auto outcomes = flush();
  REQUIRE(outcomes.size() == 1);
  return std::move(outcomes.front().result);
}

Result<Committed> TestShard::edit(Actor actor, EditMessage edit) {
  return await<Committed>([&](auto done) { chats().edit(actor, edit, std::move(done)); });
}
Result<Committed> TestShard::remove(Actor actor, DeleteMessage remove) {
  return await<Committed>([&](auto done) { chats().remove(actor, remove, std::move(done)); });
}
Result<Committed> TestShard::react(Actor actor, SetReaction reaction) {
  return await<Committed>([&](auto done) { chats().react(actor, reaction, std::move(done)); });
}
Result<Committed> TestShard::moderate(Actor actor, Moderate moderate) {
  return await<Committed>([&](auto done) { chats().moderate(actor, moderate, std::move(done)); });
}
Result<MarkedRead> TestShard::mark_read(Actor actor, ChatId chat, MessageId message) {
  return await<MarkedRead>(
      [&](auto done) { chats().mark_read(actor, chat, message, std::move(done)); });
}
void TestShard::mark_delivered(std::vector<DeliveredMark> marks) {
  chats().mark_delivered(std::move(marks));
  // Changes of one shard run in order: what follows has seen it.
  const auto probed = await<Nothing>([&](auto done) { accounts().probe(std::move(done)); });
  REQUIRE(probed.ok());
}
Result<CreatedChat> TestShard::create(Actor actor, CreateChat create) {
  return await<CreatedChat>([&](auto done) { chats().create(actor, create, std::move(done)); });
}
Result<Committed> TestShard::add(Actor actor, ChatId chat, UserId user, ParticipantRole role) {
  return await<Committed>(
      [&](auto done) { chats().add_participant(actor, chat, user, role, std::move(done)); });
}
Result<Committed> TestShard::drop(Actor actor, ChatId chat, UserId user) {
  return await<Committed>(
      [&](auto done) { chats().remove_participant(actor, chat, user, std::move(done)); });
}
Result<ReportId> TestShard::report(Actor actor, ChatId chat, MessageId message, ReportId id) {
  return await<ReportId>(
      [&](auto done) { chats().report(actor, chat, message, id, "spam", std::move(done)); });
}
Result<ChatRecord> TestShard::get(Actor actor, ChatId chat) {
  return await<ChatRecord>([&](auto done) { chats().get(actor, chat, std::move(done)); });
}
Result<ChatList> TestShard::list(Actor actor, std::optional<std::string> cursor,
                                 std::uint32_t limit) {
  return await<ChatList>([&](auto done) { chats().list(actor, cursor, limit, std::move(done)); });
}
Result<std::vector<ChatId>> TestShard::followable(UserKey user, std::uint32_t limit) {
  return await<std::vector<ChatId>>(
      [&](auto done) { chats().followable(user, limit, std::move(done)); });
}
Result<HistoryPage> TestShard::history(Actor actor, HistoryRequest request) {
  return await<HistoryPage>([&](auto done) { chats().history(actor, request, std::move(done)); });
}
Result<Attached> TestShard::access(UserKey user, ChatId chat) {
  return await<Attached>([&](auto done) { chats().access(user, chat, std::move(done)); });
}
Result<Attached> TestShard::attach(ChannelId channel, UserKey user) {
  return await<Attached>([&](auto done) { log().attach(channel, user, std::move(done)); });
}
Result<Page> TestShard::read(PageRequest request) {
  return await<Page>([&](auto done) { log().read(request, std::move(done)); });
}
Result<Measure> TestShard::measure(ChannelId channel, Seq after) {
  return await<Measure>([&](auto done) { log().measure(channel, after, std::move(done)); });
}
Result<Heads> TestShard::heads_since(std::optional<Position> position, AskedChannels asked) {
  return await<Heads>(
      [&](auto done) { log().heads_since(position, std::move(asked), std::move(done)); });
}

StoreFixture::StoreFixture(const std::string& url, StorageOptions options, std::size_t shards)
    : kind_(url),
      options_(std::move(options)),
      shard_count_(shards),
      uuids_([this] { return ++random_; }) {
  options_.url = new_store(url);
  if (!options_.on_fatal) {
    options_.on_fatal = [](const std::string& reason) { FAIL("the store gave up: " << reason); };
  }
  open();
}

std::string StoreFixture::new_store(const std::string& url) {
  if (url == SqliteAdapter::kUrl) return url + directory_.path().string();
  if (url == PostgresAdapter::kUrl) return test::PostgresServer::shared().new_database();
  return url;
}

StoreFixture::~StoreFixture() {
  if (storage_) storage_->close();
  shards_.clear();
  storage_.reset();
  if (kind_ == PostgresAdapter::kUrl) test::PostgresServer::shared().drop_database(options_.url);
}

void StoreFixture::open() {
  auto opened = open_storage(options_);
  REQUIRE_MESSAGE(opened.ok(), opened.error().message);
  storage_ = std::move(*opened);
  for (std::size_t index = 0; index < shard_count_; ++index) {
    shards_.push_back(std::make_unique<TestShard>(*storage_));
  }
}

void StoreFixture::reopen() {
  storage_->close();
  shards_.clear();
  storage_.reset();
  open();
}

UserRecord StoreFixture::add_user(const std::string& name) {
  NewUser user;
  user.id = new_user_id();
  user.email = name + "@example.org";
  user.password_hash = "hash of " + name;
  user.display_name = name;
  user.city = "Austin";
  user.now = now();
  auto made = shard().await<UserRecord>(
      [&](auto done) { shard().accounts().create_user(user, std::move(done)); });
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  return *made;
}

ChatId StoreFixture::add_group(const std::vector<UserRecord>& users) {
  CreateChat create;
  create.id = new_chat_id();
  create.name = "group";
  for (std::size_t index = 1; index < users.size(); ++index) {
    create.participants.push_back(users[index].id);
  }
  auto made = shard().create(actor(users.front()), create);
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  return made->chat.id;
}

void StoreFixture::set_role(const UserRecord& owner, ChatId chat, const UserRecord& user,
                            ParticipantRole role) {
  REQUIRE(shard().drop(actor(owner), chat, user.id).ok());
  REQUIRE(shard().add(actor(owner), chat, user.id, role).ok());
}

Append StoreFixture::message(const UserRecord& sender, ChatId chat, const std::string& text,
                             std::string client_message_id) {
  if (client_message_id.empty()) {
    client_message_id = numbered("client-", ++client_messages_);
  }
  return {.chat = chat,
          .sender_key = sender.key,
          .sender = sender.id,
          .message = new_message_id(),
          .client_message_id = std::move(client_message_id),
          .content = text_content(text),
          .reply_to = std::nullopt,
          .sent_at = now()};
}

Appended StoreFixture::say(const UserRecord& sender, ChatId chat, const std::string& text) {
  auto sent = shard().append(message(sender, chat, text));
  REQUIRE_MESSAGE(sent.ok(), sent.error().message);
  return *sent;
}

std::vector<DurableEvent> StoreFixture::log_of(ChannelId channel) {
  std::vector<DurableEvent> out;
  while (true) {
    auto page = shard().read({.channel = channel, .reader = std::nullopt, .after = out.size()});
    REQUIRE_MESSAGE(page.ok(), page.error().message);
    for (DurableEvent& event : page->events) {
      REQUIRE(event.seq == out.size() + 1);
      out.push_back(std::move(event));
    }
    if (out.size() == page->head) return out;
    REQUIRE_FALSE(page->events.empty());
  }
}

Content text_content(const std::string& text) {
  Content out;
  JsonWriter(out.json).begin_object().field("type", "text").field("text", text).end_object();
  return out;
}

std::string numbered(std::string_view what, std::uint64_t number) {
  std::string out(what);
  out += std::to_string(number);
  return out;
}

}  // namespace kith
