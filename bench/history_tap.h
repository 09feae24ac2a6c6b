// Listens to one client's socket for the history of the run: every object that goes out or comes in
// passes by, and becomes a record where it says something about the server's promises. Knows
// nothing of what the client makes of it, so that a mistake of the bench's own book-keeping does
// not hide one of the server's.
//
// Thread: the client's.
#pragma once

#include <simdjson.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/history_file.h"

namespace kith::bench {

// Of a message's text. Never 0.
std::uint64_t content_digest(std::string_view text);

class HistoryTap {
 public:
  using Clock = std::chrono::steady_clock;
  // The `id` of a history request that reads a chat's log at the end of the run.
  static constexpr std::string_view kFinalId = "f";

  HistoryTap(HistoryFile& file, std::string client, std::string user);

  void said(std::string_view object);
  void heard(simdjson::dom::element object, Clock::time_point now);
  void disconnected();

 private:
  using Element = simdjson::dom::element;
  struct Read {
    std::string id;  // of the operation; empty: of the final log
    std::string chat;
    Seq after = 0;
    std::uint64_t limit = 0;
  };
  class Line;

  void said_hello(Element object);
  void asked_for_history(Element object);
  void said_command(Element object, std::string_view type);
  void heard_event(Element object, std::string_view type, std::string_view channel);
  void heard_subscribed(Element object);
  void heard_ack(Element object);
  void heard_error(Element object);
  void heard_history(Element object);
  std::optional<Read> answered_read(Element object);
  void write(Line& line);

  HistoryFile& file_;
  std::string client_;
  std::string user_;
  simdjson::dom::parser parser_;
  std::int64_t now_ = 0;
  std::uint32_t connection_ = 0;
  bool connected_ = false;
  std::unordered_map<std::string, Seq> asked_from_;    // by channel, until `subscribed`
  std::unordered_map<std::string, std::string> open_;  // operations without an answer: id -> kind
  std::deque<Read> reads_;  // those of one chat are answered in order, not those of several
  std::uint64_t reads_begun_ = 0;
  std::string text_;  // of the line
};

}  // namespace kith::bench
