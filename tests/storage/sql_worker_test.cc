// Jobs that share a transaction do not share their fate (storage/sql_session.h).
#include "storage/sql_worker.h"

#include <doctest/doctest.h>

#include "storage/data_directory.h"
#include "storage/sql_log_reads.h"
#include "store_fixture.h"

namespace kith {
namespace {

// A worker over a fresh directory with one user channel, and a shard's handle to it.
class WorkerFixture {
 public:
  WorkerFixture() {
    auto opened = open_data_directory(directory_.path());
    REQUIRE(opened.ok());
    auto worker = SqlWorker::start(std::move(opened->connection), {.path = opened->database_path});
    REQUIRE(worker.ok());
    worker_ = std::move(*worker);
    lock_ = std::move(opened->lock);
    handle_ = worker_->handle(queue_);
    const auto key = write<ChannelKey>([this](WriteContext& context) -> Result<ChannelKey> {
      return context.insert_channel(channel_.id);
    });
    REQUIRE(key.ok());
    channel_.key = *key;
  }
  ~WorkerFixture() {
    handle_.reset();
    worker_->close();
  }

  template <typename T, typename Job>
  Result<T> write(Job job) {
    std::optional<Result<T>> out;
    handle_->write(std::move(job), [&out](Result<T> result) { out = std::move(result); });
    queue_.pump_until([&] { return out.has_value(); });
    return std::move(*out);
  }
  SqlWorker::Handle& handle() { return *handle_; }
  SqlWorker& worker() { return *worker_; }
  PumpedQueue& queue() { return queue_; }
  const ChannelRef& channel() const { return channel_; }
  LogRow row() const {
    return {.type = EventType::notification_new, .at = WallTime{}, .payload = "{}"};
  }

 private:
  TemporaryDirectory directory_;
  PumpedQueue queue_;
  std::unique_ptr<LockFile> lock_;
  std::unique_ptr<SqlWorker> worker_;
  std::unique_ptr<SqlWorker::Handle> handle_;
  ChannelRef channel_{.id = ChannelId(IdKind::user, Uuid{7})};
};

}  // namespace

TEST_CASE("a job that refuses takes its rows and numbers with it, and nobody else's") {
  WorkerFixture fixture;
  std::vector<std::string> answers;
  const auto answer = [&answers](const char* name) {
    return [&answers, name](Result<Seq> result) {
      answers.push_back(
          name + std::string(1, ' ') +
          (result ? std::to_string(*result) : std::string(to_string(result.error().code))));
    };
  };
  const auto append = [&fixture](WriteContext& context) -> Result<Seq> {
    append_log(context, fixture.channel(), fixture.row());
    return append_log(context, fixture.channel(), fixture.row()).seq;
  };
  fixture.handle().write(append, answer("first"));
  fixture.handle().write(
      [&, append](WriteContext& context) -> Result<Seq> {
        CHECK(append(context).value() == 4);
        CHECK(context.head(fixture.channel().key) == 4);
        return fail(ErrorCode::conflict, "no");
      },
      answer("refused"));
  fixture.handle().write(append, answer("second"));
  fixture.handle().write(
      [&, append](WriteContext& context) -> Result<Seq> {
        CHECK(append(context).value() == 6);
        context.insert_channel(fixture.channel().id);  // there is one already
        return Seq{0};
      },
      answer("failed"));
  fixture.handle().write(append, answer("third"));
  fixture.queue().pump_until([&] { return answers.size() == 5; });
  CHECK(answers == std::vector<std::string>{"first 2", "refused conflict", "second 4",
                                            "failed unavailable", "third 6"});
  std::optional<Result<Page>> page;
  fixture.handle().read(
      StoreRead::log,
      [&](SqlConnection& db) {
        return read_page(db, {.channel = fixture.channel().id, .after = 0});
      },
      [&](Result<Page> result) { page = std::move(result); });
  fixture.queue().pump_until([&] { return page.has_value(); });
  REQUIRE(page->ok());
  CHECK((*page)->events.size() == 6);
  CHECK((*page)->head == 6);
}

TEST_CASE("a channel that a refused job made is not remembered") {
  WorkerFixture fixture;
  const ChannelId made(IdKind::user, Uuid{9});
  const auto refused = fixture.write<Nothing>([&](WriteContext& context) -> Result<Nothing> {
    const ChannelKey key = context.insert_channel(made);
    append_log(context, {.key = key, .id = made}, fixture.row());
    CHECK(context.channel_key(made) == key);
    return fail(ErrorCode::conflict, "no");
  });
  CHECK(outcome(refused) == "conflict");
  const auto seq = fixture.write<Seq>([&](WriteContext& context) -> Result<Seq> {
    CHECK_FALSE(context.channel_key(made).has_value());
    const ChannelKey key = context.insert_channel(made);
    return append_log(context, {.key = key, .id = made}, fixture.row()).seq;
  });
  CHECK(*seq == 1);
}

TEST_CASE("a reader cannot write") {
  WorkerFixture fixture;
  std::optional<Result<Nothing>> answer;
  fixture.handle().read(
      StoreRead::log,
      [](SqlConnection& db) -> Result<Nothing> {
        db.execute("DELETE FROM channels");
        return Nothing{};
      },
      [&](Result<Nothing> result) { answer = std::move(result); });
  fixture.queue().pump_until([&] { return answer.has_value(); });
  CHECK(outcome(*answer) == "unavailable");
  const auto still = fixture.write<bool>([&](WriteContext& context) -> Result<bool> {
    return context.channel_key(fixture.channel().id).has_value();
  });
  CHECK(*still);
}

TEST_CASE("what is asked after an answer sees what was answered") {
  WorkerFixture fixture;
  for (Seq expected = 1; expected <= 50; ++expected) {
    const auto seq = fixture.write<Seq>([&](WriteContext& context) -> Result<Seq> {
      return append_log(context, fixture.channel(), fixture.row()).seq;
    });
    REQUIRE(*seq == expected);
    std::optional<Result<Heads>> heads;
    fixture.handle().read(
        StoreRead::heads, [](SqlConnection& db) { return find_heads(db, Position{0}, {}); },
        [&](Result<Heads> result) { heads = std::move(result); });
    fixture.queue().pump_until([&] { return heads.has_value(); });
    CHECK((*heads)->position == expected);
    CHECK((*heads)->heads.front().seq == expected);
  }
}

}  // namespace kith
