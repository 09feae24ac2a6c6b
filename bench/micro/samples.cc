#include "bench/micro/samples.h"

#include <fmt/format.h>

#include <array>

#include "bench/workload.h"

namespace kith::micro {

Uuid sample_uuid(std::uint64_t number) {
  Uuid uuid{};
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    uuid[i] = static_cast<std::uint8_t>(bench::mix_bits(number + i / 8) >> (8 * (i % 8)));
  }
  uuid[0] = 1;  // a date of this century, as the first bits of a UUIDv7 are
  return uuid;
}

std::string sample_text(std::size_t bytes) {
  constexpr std::string_view kWords = "See you at seven, and bring the other map along. ";
  std::string text;
  while (text.size() < bytes) text += kWords;
  text.resize(bytes);
  return text;
}

std::string sample_unicode_text(std::size_t bytes) {
  constexpr std::string_view kWords = "Увидимся в семь, возьми карту 🗺 ";
  std::string text;
  while (text.size() + kWords.size() <= bytes) text += kWords;
  text.append(bytes - text.size(), '.');
  return text;
}

std::string masked_frame(Opcode opcode, std::string_view payload) {
  constexpr std::array<std::uint8_t, 4> kMask = {0x37, 0xFA, 0x21, 0x3D};  // the RFC's own
  std::string frame;
  append_frame_header(frame, opcode, payload.size());
  frame[1] = static_cast<char>(frame[1] | 0x80);
  for (const std::uint8_t byte : kMask) frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(static_cast<std::uint8_t>(payload[i]) ^ kMask[i % kMask.size()]);
  }
  return frame;
}

std::string message_new_command(std::size_t text_bytes) {
  std::string client_message_id;
  append_crockford(client_message_id, sample_uuid(2));
  return fmt::format(R"({{"type":"message.new","id":"17","chat_id":"{}","client_message_id":"{}",)"
                     R"("content":{{"type":"text","text":"{}"}}}})",
                     ChatId{sample_uuid(1)}.text(), client_message_id, sample_text(text_bytes));
}

std::string subscribe_command() {
  return fmt::format(R"({{"type":"subscribe","id":"18","channel":"{}","after_seq":41}})",
                     ChatId{sample_uuid(1)}.text());
}

std::string typing_command() {
  return fmt::format(R"({{"type":"typing.start","id":"19","chat_id":"{}"}})",
                     ChatId{sample_uuid(1)}.text());
}

DurableEvent message_event(std::size_t text_bytes, Seq seq) {
  DurableEvent event;
  event.type = EventType::message_new;
  event.channel = ChatId{sample_uuid(1)};
  event.seq = seq;
  event.at = WallTime(std::chrono::milliseconds(1'790'000'000'123));
  event.user = UserId{sample_uuid(3)};
  event.message = MessageId{sample_uuid(4 + seq)};
  append_crockford(event.client_message_id, sample_uuid(5 + seq));
  event.content = fmt::format(R"({{"type":"text","text":"{}"}})", sample_text(text_bytes));
  return event;
}

}  // namespace kith::micro
