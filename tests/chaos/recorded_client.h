// A client that writes down all that it does and sees, for the history checker: it follows one
// chat, writes into it as fast as its acks come, and after each break resumes where it stood and
// sends again, with the same client_message_id, what nobody has answered.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "tests/history/record.h"
#include "tests/support/test_server.h"

namespace kith::test {

// Takes records from several threads; stamps them.
class HistoryBook {
 public:
  void add(Record record);
  History take();  // what there is; empty afterwards

 private:
  std::mutex mutex_;
  History history_;
};

class RecordedClient {
 public:
  struct Options {
    std::string name;
    User user;
    std::string chat;
    std::size_t in_flight = 50;    // unanswered sends at a time; 0: it only listens
    std::size_t text_bytes = 0;    // of filler in each message
    std::size_t messages_max = 0;  // of one run(); 0: until the connection ends
    std::chrono::milliseconds patience = kPatience;  // for an answer
  };
  RecordedClient(HistoryBook& book, Options options);
  virtual ~RecordedClient();

  // Connects, resumes, repeats the unanswered and some of the answered, and returns when all of
  // that is answered. Throws where an answer is missing.
  void connect(const TestServer& server);
  // Writes on, in a thread, until the connection ends, messages_max are answered, or stop().
  void start();
  void await_flow() const;  // until something has been answered since start(), or the thread ended
  void stop();              // sends no more; the thread ends when what is in flight is answered
  void join();
  void disconnect();
  void leave();  // without a record: the history is over, and it was there to the end
  // Until it has seen this number of the chat: what another shard acks may still be on its way.
  void catch_up(std::uint64_t head);

  bool connected() const { return socket_ != nullptr; }
  std::size_t acked() const { return acked_.size(); }
  std::size_t unanswered() const { return unanswered_.size(); }
  std::size_t refused() const { return refused_; }  // with `unavailable`
  std::int64_t position() const { return position_; }
  const Options& options() const { return options_; }

 protected:
  Record record(Kind kind) const;
  void send(const std::string& client_message_id);
  std::string next_client_message_id();
  void note_flow();
  void handle(const Json& frame);
  virtual void on_acked(const std::string& client_message_id);
  virtual void on_unavailable(const std::string& client_message_id);

  std::unique_ptr<WsClient> socket_;
  std::thread thread_;
  std::atomic<bool> stopped_ = false;
  Clock::time_point resting_until_{};
  std::map<std::string, std::string> in_flight_;  // client_message_id by op_id
  std::set<std::string> unanswered_;              // client_message_ids

 private:
  void write_on();
  void resume();
  void repeat();
  void on_ack(const Json& frame);
  void on_error(const Json& frame);
  void on_subscribed(const Json& frame);
  void on_event(const Json& frame);
  std::string text_of(const std::string& client_message_id) const;

  HistoryBook& book_;
  const Options options_;
  std::atomic<bool> flowing_ = false;
  std::uint32_t conn_ = 0;
  std::string epoch_ = "none yet";
  std::int64_t position_ = 0;
  std::int64_t resumed_from_ = 0;
  bool attached_ = false;
  std::uint64_t operations_ = 0;
  std::uint64_t messages_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  std::set<std::string> acked_;
};

// The chat's log as it is read at the end, by pages of history: from behind `begin` on there are
// messages only, so that every number must be there.
void record_final(HistoryBook& book, const TestServer& server, const User& user,
                  const std::string& chat, std::uint64_t begin);

// Where the chat's log stands now.
std::uint64_t head_of(const TestServer& server, const User& user, const std::string& chat);

}  // namespace kith::test
