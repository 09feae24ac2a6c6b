#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "bench/limit/message_source.h"
#include "bench/limit/sqlite_database.h"
#include "bench/limit/sqlite_limit.h"
#include "bench/limit/tcp_words.h"
#include "bench/limit/websocket_accept.h"
#include "protocol/event.h"
#include "protocol/frame.h"
#include "protocol/ids.h"
#include "protocol/time_format.h"

namespace kith::limit {
namespace {

constexpr std::string_view kChat = "chat_01J0000000000000000000000A";
constexpr std::string_view kUser = "usr_01J0000000000000000000000B";
constexpr std::string_view kObject =
    R"({"type":"message.new","chat_id":"chat_01J0000000000000000000000A",)"
    R"("client_message_id":"tmp-1","content":{"type":"text","text":"\"id\":\"x\" hello"}})";

template <typename Id>
Id parsed(std::string_view text) {
  const auto id = Id::parse(text);
  REQUIRE(id);
  return *id;
}

Stamp stamp() {
  return {.seq = 7, .message = 33, .sent_at = "2024-04-20T17:05:00.123Z", .sender = kUser};
}

TEST_CASE("the handshake's answer is the one of RFC 6455") {
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  // RFC 3174's second test: more than one block once it is padded.
  const auto digest = sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  CHECK(digest[0] == 0x84);
  CHECK(digest[19] == 0xF1);
}

TEST_CASE("a token tells its user") {
  // {"iss":"kith","sub":"usr_1"}
  CHECK(subject_of("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJraXRoIiwic3ViIjoidXNyXzEifQ.c2ln") == "usr_1");
  CHECK(subject_of("nothing").empty());
}

TEST_CASE("events and acks have the bytes that kithd sends") {
  const NewMessage message = new_message(kObject);
  CHECK(message.id.empty());
  CHECK(message.chat == kChat);
  const auto id = parsed<MessageId>("msg_01K00000000000000000000011");
  std::string event;
  append_event(event, message, stamp());
  DurableEvent expected;
  expected.type = EventType::message_new;
  expected.channel = parsed<ChatId>(kChat);
  expected.seq = 7;
  expected.at = *parse_time(stamp().sent_at);
  expected.user = parsed<UserId>(kUser);
  expected.message = id;
  expected.client_message_id = "tmp-1";
  expected.content = R"({"type":"text","text":"\"id\":\"x\" hello"})";
  std::string expected_frame;
  append_event_frame(expected_frame, expected);
  CHECK(event == expected_frame);

  std::string ack;
  append_ack(ack, message, stamp());
  std::string expected_json;
  append_ack_json(expected_json, {.chat = parsed<ChatId>(kChat),
                                  .message = id,
                                  .client_message_id = "tmp-1",
                                  .seq = 7,
                                  .sent_at = expected.at});
  std::string expected_ack;
  append_text_frame(expected_ack, expected_json);
  CHECK(ack == expected_ack);
}

TEST_CASE("an answer carries the id of what it answers") {
  NewMessage message = new_message(kObject);
  message.id = "17";
  std::string ack;
  append_ack(ack, message, stamp());
  CHECK(ack.find(R"({"type":"ack","id":"17","ack_token":)") == 4);
  std::string subscribed;
  append_subscribed(subscribed, "s", kChat, 0);
  CHECK(subscribed.substr(2) ==
        R"({"type":"subscribed","id":"s","channel":"chat_01J0000000000000000000000A",)"
        R"("seq":0,"recovered":true})");
  CHECK(static_cast<std::size_t>(subscribed[1]) == subscribed.size() - 2);
}

TEST_CASE("the mask comes off whatever the length") {
  const char mask[] = {1, 2, 3, 4};
  for (std::size_t length : {0U, 1U, 7U, 8U, 13U, 64U}) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) {
      text += static_cast<char>('a' ^ mask[i % 4]);
    }
    unmask(text.data(), text.size(), mask);
    CHECK(text == std::string(length, 'a'));
  }
}

TEST_CASE("the ids of the bare loop are sorted, and the channels are numbered without holes") {
  MessageSource source({.channels = 2, .senders = 3, .text_bytes = 64});
  CHECK(source.content().size() == 64 + 25);
  std::string before;
  std::int64_t seen[2] = {0, 0};
  for (int i = 0; i < 5000; ++i) {
    SourceMessage message;
    source.next(message);
    CHECK(message.client_message_id > before);
    before = message.client_message_id;
    REQUIRE(message.channel >= 1);
    REQUIRE(message.channel <= 2);
    CHECK(message.seq == ++seen[message.channel - 1]);
    CHECK((message.sender - 1) / 3 == message.channel - 1);
  }
  CHECK(source.last_seq(1) == seen[0]);
  SourceMessage message;
  source.next(message);
  CHECK(MessageId::parse("msg_" + message.client_message_id));
}

TEST_CASE("the bare database counts its memory no more than kithd's does") {
  const SqliteFiles files(
      (std::filesystem::temp_directory_path() / ("kith-limit-" + std::to_string(::getpid())))
          .string());
  const SqliteDatabase database(files.name(), "CREATE TABLE one (number INTEGER);");
  CHECK(sqlite3_memory_used() == 0);
}

TEST_CASE("quantiles go by rank") {
  CHECK(quantile({}, 0.5) == 0);
  CHECK(quantile({3, 1, 2}, 0.5) == 2);
  CHECK(quantile({4, 3, 1, 2}, 0.5) == 2);
  CHECK(quantile({4, 3, 1, 2}, 0.99) == 4);
  CHECK(quantile({4, 3, 1, 2}, 0) == 1);
}

}  // namespace
}  // namespace kith::limit
