#include "storage/bus_envelope.h"

#include <doctest/doctest.h>

#include <random>

#include "engine/delivery.h"

namespace kith {
namespace {

const Uuid kNode{7, 7, 7};
const ChannelId kRoom(IdKind::chat, Uuid{1});

DurableEvent message() {
  return {.type = EventType::message_new,
          .channel = kRoom,
          .seq = 42,
          .at = WallTime{std::chrono::milliseconds{1'714'000'000'123}},
          .user = UserId{Uuid{2}},
          .message = MessageId{Uuid{3}},
          .reply_to = MessageId{Uuid{4}},
          .client_message_id = "c-1",
          .content = R"({"kind":"text","text":"hello"})"};
}

DurableEvent moderation() {
  return {.type = EventType::system_moderation,
          .channel = kRoom,
          .seq = 43,
          .user = UserId{Uuid{2}},
          .by = UserId{Uuid{5}},
          .action = command::ModerationAction::mute,
          .reason = "spam",
          .until = WallTime{std::chrono::milliseconds{1'714'000'060'000}}};
}

std::string encoded(const BusEvent& event) {
  std::string out;
  append_envelope(out, kNode, "epoch-1", event);
  return out;
}

BusEventPtr decoded(const std::string& bytes) {
  auto envelope = decode_envelope(bytes);
  REQUIRE(envelope.has_value());
  CHECK(envelope->node == kNode);
  CHECK(envelope->epoch == "epoch-1");
  return std::get<BusEventPtr>(envelope->body);
}

// One of each kind.
std::vector<std::string> all_kinds() {
  BusEvent typing{.kind = BusKind::typing, .channel = kRoom, .user = UserId{Uuid{2}}};
  BusEvent read{.kind = BusKind::read, .channel = kRoom, .user = UserId{Uuid{2}}, .seq = 9};
  append_text_frame(read.frame, R"({"type":"delivery.read"})");
  const BusEvent board{
      .kind = BusKind::board, .channel = ChannelId(IdKind::board, Uuid{9}), .seq = 91};
  std::string announcement;
  append_envelope(announcement, kNode, "epoch-1",
                  Announcement{.channel = kRoom, .here = {UserId{Uuid{2}}}, .gone = {UserId{}}});
  return {
      encoded(*make_bus_event(message())),
      encoded(*make_bus_event(moderation())),
      encoded(typing),
      encoded(read),
      announcement,
      encoded(board),
      encoded(
          {.kind = BusKind::spent, .channel = kLimitsChannel, .user = UserId{Uuid{2}}, .seq = 12})};
}

}  // namespace

TEST_CASE("that a leaderboard has moved arrives with its revision") {
  const ChannelId board(IdKind::board, Uuid{9});
  const BusEventPtr got = decoded(encoded({.kind = BusKind::board, .channel = board, .seq = 91}));
  CHECK(got->kind == BusKind::board);
  CHECK(got->channel == board);
  CHECK(got->seq == 91);
}

TEST_CASE("a durable event arrives on the other node as it was, its content in the frame alone") {
  std::string ack;
  append_text_frame(ack, R"({"type":"ack"})");
  const BusEventPtr sent = make_bus_event(message(), ack);
  const BusEventPtr got = decoded(encoded(*sent));
  CHECK(got->kind == BusKind::durable);
  CHECK(got->channel == kRoom);
  CHECK(got->seq == 42);
  CHECK(got->user == sent->user);
  CHECK(got->frame == sent->frame);
  CHECK(got->sender_ack == ack);
  CHECK(got->event.type == EventType::message_new);
  CHECK(got->event.channel == kRoom);
  CHECK(got->event.seq == 42);
  CHECK(got->event.at == sent->event.at);
  CHECK(got->event.message == sent->event.message);
  CHECK(got->event.reply_to == sent->event.reply_to);
  CHECK(got->event.client_message_id == "c-1");
  const BusEventPtr muted = decoded(encoded(*make_bus_event(moderation())));
  CHECK(muted->event.by == UserId{Uuid{5}});
  CHECK(muted->event.action == command::ModerationAction::mute);
  CHECK(muted->event.reason == "spam");
  CHECK(muted->event.until == moderation().until);
}

TEST_CASE("frames of every length of header survive, and large ones too") {
  for (const std::size_t size : {1UL, 125UL, 126UL, 65'535UL, 65'536UL, 3'000'000UL}) {
    BusEvent event{.channel = kRoom, .seq = 1};
    append_text_frame(event.frame, std::string(size, 'x'));
    CHECK(decoded(encoded(event))->frame == event.frame);
  }
}

TEST_CASE("typing, read marks and announcements arrive as they were") {
  const BusEventPtr typing = decoded(
      encoded({.kind = BusKind::typing, .channel = kRoom, .user = UserId{Uuid{2}}, .start = true}));
  CHECK(typing->kind == BusKind::typing);
  CHECK(typing->user == UserId{Uuid{2}});
  CHECK(typing->start);
  std::string bytes;
  append_envelope(bytes, kNode, "",
                  Announcement{.channel = kRoom, .asks = true, .here = {UserId{Uuid{1}}}});
  const auto envelope = decode_envelope(bytes);
  REQUIRE(envelope.has_value());
  const auto& announcement = std::get<Announcement>(envelope->body);
  CHECK(announcement.asks);
  CHECK(announcement.here == std::vector<UserId>{UserId{Uuid{1}}});
  CHECK(announcement.gone.empty());
}

TEST_CASE("a node knows its own without reading them") {
  for (const std::string& whole : all_kinds()) {
    CHECK(is_envelope_of(whole, kNode));
    CHECK_FALSE(is_envelope_of(whole, Uuid{7, 7, 8}));
    CHECK_FALSE(is_envelope_of(whole.substr(0, 17), kNode));
    CHECK_FALSE(is_envelope_of("\2" + whole.substr(1), kNode));
  }
  CHECK_FALSE(is_envelope_of("", Uuid{}));
}

TEST_CASE("what is cut short or has something behind it is no envelope") {
  for (const std::string& whole : all_kinds()) {
    REQUIRE(decode_envelope(whole).has_value());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CHECK_FALSE(decode_envelope(whole.substr(0, size)).has_value());
    }
    CHECK_FALSE(decode_envelope(whole + '\0').has_value());
  }
}

TEST_CASE("what of a limit is used up arrives on the limits' channel, and on no other") {
  BusEvent spent{
      .kind = BusKind::spent, .channel = kLimitsChannel, .user = UserId{Uuid{2}}, .seq = 12};
  const BusEventPtr got = decoded(encoded(spent));
  CHECK(got->kind == BusKind::spent);
  CHECK(got->channel == kLimitsChannel);
  CHECK(got->user == spent.user);
  CHECK(got->seq == 12);
  spent.seq = 0;
  CHECK_FALSE(decode_envelope(encoded(spent)).has_value());
  spent.seq = 12;
  for (const ChannelId& other : {ChannelId(kRoom), ChannelId(kLimitsChannel.kind, Uuid{1})}) {
    spent.channel = other;
    CHECK_FALSE(decode_envelope(encoded(spent)).has_value());
  }
  // Nor does anything else come there.
  CHECK_FALSE(
      decode_envelope(
          encoded({.kind = BusKind::typing, .channel = kLimitsChannel, .user = UserId{Uuid{2}}}))
          .has_value());
}

TEST_CASE("another version, an unknown kind and values out of range are no envelope") {
  const std::string whole = all_kinds().front();
  constexpr std::size_t kChannelKind = 2 + 16 + 1 + 7;
  constexpr std::size_t kType = kChannelKind + 1 + 16;
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, int>>{{0, 0},
                                                                          {0, 2},
                                                                          {1, 0},
                                                                          {1, 8},
                                                                          {kChannelKind, 5},
                                                                          {kType, 0},
                                                                          {kType, 19},
                                                                          {kType, 28}}) {
    std::string changed = whole;
    changed[at] = static_cast<char>(value);
    CAPTURE(at);
    CHECK_FALSE(decode_envelope(changed).has_value());
  }
}

TEST_CASE("a frame that would break the subscribers' streams is no envelope") {
  std::string good;
  append_text_frame(good, R"({"type":"message.new"})");
  for (const std::string& frame :
       {std::string(), std::string("x"), good + "x", good.substr(0, good.size() - 1),
        "\x82" + good.substr(1), "\x01" + good.substr(1), good + good}) {
    CHECK_FALSE(decode_envelope(encoded({.channel = kRoom, .seq = 1, .frame = frame})).has_value());
    if (frame.empty()) continue;  // no ack is fine
    CHECK_FALSE(
        decode_envelope(encoded({.channel = kRoom, .seq = 1, .frame = good, .sender_ack = frame}))
            .has_value());
  }
  CHECK_FALSE(decode_envelope(encoded({.channel = kRoom, .seq = 0, .frame = good})).has_value());
}

TEST_CASE("bytes that were changed at random do no harm") {
  std::mt19937_64 random(1);
  for (const std::string& whole : all_kinds()) {
    for (int i = 0; i < 20'000; ++i) {
      std::string changed = whole;
      for (auto changes = 1 + random() % 4; changes > 0; --changes) {
        changed[random() % changed.size()] = static_cast<char>(random());
      }
      if (const auto envelope = decode_envelope(changed)) CHECK(envelope->epoch.size() < 256);
    }
  }
}

}  // namespace kith
