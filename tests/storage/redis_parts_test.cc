// The parts of the Redis bus that need no Redis: subscriptions, the queue, the reader of replies.
#include <doctest/doctest.h>

#include "storage/publish_queue.h"
#include "storage/redis_reply_reader.h"
#include "storage/redis_subscriptions.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

ChannelId room(std::uint16_t number) {
  return ChannelId(IdKind::chat, Uuid{static_cast<std::uint8_t>(number >> 8),
                                      static_cast<std::uint8_t>(number & 0xff)});
}

BusEventPtr event(Seq seq, std::size_t bytes) {
  auto made = std::make_shared<BusEvent>();
  made->seq = seq;
  made->frame = std::string(bytes, 'x');
  return made;
}

std::vector<Seq> seqs(const std::vector<BusEventPtr>& events) {
  std::vector<Seq> out;
  for (const BusEventPtr& each : events) out.push_back(each->seq);
  return out;
}

struct Read {
  std::vector<std::string> texts;
  bool fine = true;
};

Read read(std::string_view bytes, std::size_t step, std::size_t most = 1024 * 1024) {
  RedisReplyReader reader(most);
  Read out;
  for (std::size_t at = 0; at < bytes.size() && out.fine; at += step) {
    out.fine = reader.feed(bytes.substr(at, step), [&](const redisReply& reply) {
      out.texts.emplace_back(text_of(reply));
      return true;
    });
  }
  return out;
}

const SteadyTime kStart{1h};

}  // namespace

TEST_CASE("Redis is asked for what is followed, once, and for its end") {
  RedisSubscriptions subscriptions;
  subscriptions.follow(room(1));
  subscriptions.follow(room(1));
  subscriptions.follow(room(2));
  CHECK(subscriptions.wanted() == 2);
  CHECK(subscriptions.next().subscribe == std::vector{room(1), room(2)});
  CHECK(subscriptions.next().empty());
  subscriptions.unfollow(room(1));
  CHECK(subscriptions.next().unsubscribe == std::vector{room(1)});
  CHECK_FALSE(subscriptions.wants(room(1)));
  subscriptions.unfollow(room(1));
  CHECK(subscriptions.next().empty());
}

TEST_CASE("what changes its mind before its turn is not spoken of") {
  RedisSubscriptions subscriptions;
  subscriptions.follow(room(1));
  subscriptions.unfollow(room(1));
  CHECK(subscriptions.next().empty());
  subscriptions.follow(room(1));
  CHECK(subscriptions.next().subscribe.size() == 1);
  subscriptions.unfollow(room(1));
  subscriptions.follow(room(1));
  CHECK(subscriptions.next().empty());
  CHECK(subscriptions.wants(room(1)));
}

TEST_CASE("a new connection is told everything in batches, and waits for answers in between") {
  RedisSubscriptions subscriptions;
  for (std::uint16_t i = 0; i < 3000; ++i) subscriptions.follow(room(i));
  while (!subscriptions.next().empty()) subscriptions.answered();
  subscriptions.unfollow(room(0));
  CHECK(subscriptions.restart() == 2999);
  CHECK_FALSE(subscriptions.caught_up());
  std::size_t asked = 0;
  for (auto batch = subscriptions.next(); !batch.empty(); batch = subscriptions.next()) {
    CHECK(batch.subscribe.size() <= RedisSubscriptions::kBatchMax);
    CHECK(batch.unsubscribe.empty());
    asked += batch.subscribe.size();
  }
  CHECK(asked == RedisSubscriptions::kUnansweredMax);
  while (!subscriptions.caught_up()) {
    subscriptions.answered();
    asked += subscriptions.next().subscribe.size();
  }
  CHECK(asked == 2999);
}

TEST_CASE("a full queue lets the oldest go, and counts it") {
  PublishQueue queue({.bytes_max = 100'000, .age_max = 2s});
  for (Seq seq = 1; seq <= 20; ++seq) queue.push(event(seq, 10'000), kStart);
  CHECK(queue.bytes() <= 100'000);
  CHECK(queue.dropped() == 11);
  CHECK(seqs(queue.take(1, kStart)) == std::vector<Seq>{12});
  CHECK(queue.take(1'000'000, kStart).size() == 8);
  CHECK(queue.empty());
  CHECK(queue.bytes() == 0);
}

TEST_CASE("after an outage nothing old is published") {
  PublishQueue queue({.bytes_max = 100'000, .age_max = 2s});
  queue.push(event(1, 10), kStart);
  queue.push(event(2, 10), kStart + 1s);
  CHECK(seqs(queue.take(1000, kStart + 3s)) == std::vector<Seq>{2});
  CHECK(queue.dropped() == 1);
}

TEST_CASE("replies are read whatever the packets that they come in") {
  const std::string stream =
      "+OK\r\n:7\r\n$5\r\nhello\r\n-ERR no\r\n*2\r\n$1\r\na\r\n$-1\r\n$0\r\n\r\n";
  const std::vector<std::string> texts = {"OK", "", "hello", "ERR no", "", ""};
  for (const std::size_t step : {1UL, 2UL, 7UL, 1000UL}) {
    const Read got = read(stream, step);
    CHECK(got.fine);
    CHECK(got.texts == texts);
  }
}

TEST_CASE("an answer is bounded as a whole, whatever the reader has taken in of it") {
  const std::string part = "$4000\r\n" + std::string(4000, 'x') + "\r\n";
  std::string array = "*5\r\n";
  for (int i = 0; i < 5; ++i) array += part;
  CHECK_FALSE(read(array, 512, 10'000).fine);
  CHECK(read(array, 512, 30'000).fine);
  // Many that are within it, one after the other, are no large one.
  std::string several;
  for (int i = 0; i < 20; ++i) several += part;
  for (const std::size_t step : {512UL, 100'000UL}) {
    const Read got = read(several, step, 10'000);
    CHECK(got.fine);
    CHECK(got.texts.size() == 20);
  }
}

TEST_CASE("what is no RESP, or beyond a limit, ends the stream") {
  std::string nested;
  for (int i = 0; i < 20; ++i) nested += "*1\r\n";
  for (const std::string& stream :
       {std::string("HTTP/1.1 400 Bad Request\r\n"), std::string("*1000000000\r\n"),
        std::string("*2147483647\r\n"), std::string("*9999999999999999999\r\n"),
        std::string("*-2\r\n"), std::string("$-2\r\nxx\r\n"), nested, std::string("\0\0\0\0", 4),
        "$20000\r\n" + std::string(20'000, 'x'), "+" + std::string(20'000, 'x')}) {
    CAPTURE(stream.substr(0, 40));
    CHECK_FALSE(read(stream, 512, 10'000).fine);
  }
}

}  // namespace kith
