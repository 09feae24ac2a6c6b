// A client that writes down all that it does and sees, for the history checker: it follows one
// chat, writes into it as fast as its acks come, changes what it has written and reads it where it
// is asked to, and after each break resumes where it stood and sends again, with the same
// client_message_id, what nobody has answered.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

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
    // One in so many of its frames edits or deletes a message of its own, or asks for history, in
    // place of a new message; 0: none.
    std::size_t change_every = 0;
    std::size_t read_every = 0;
    std::chrono::milliseconds patience = kPatience;  // for an answer
  };
  RecordedClient(HistoryBook& book, Options options);
  virtual ~RecordedClient();

  // Connects, resumes, repeats the unanswered and some of the answered, and returns when all of
  // that is answered. Throws where an answer is missing.
  void connect(const TestServer& server) { connect(server.port()); }
  void connect(std::uint16_t port);
  // Writes on, in a thread, until the connection ends, messages_max are answered, stop(), or a
  // complaint.
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
  // With anything else, which nobody can have deserved here.
  std::size_t refused_for_good() const { return refused_for_good_; }
  std::size_t changed() const { return changed_; }  // edits and deletions that were acked
  std::size_t read() const { return read_; }        // histories
  // Of its resumes in the same epoch those that the protocol owes a replay, and of these those that
  // got none.
  std::size_t replays_owed() const { return replays_owed_; }
  std::size_t replays_denied() const { return replays_denied_; }
  // What its thread was told that no server may say, or that it was told nothing at all for as long
  // as it has patience: anything but a connection that ended. While the thread runs they are its
  // own.
  const std::vector<std::string>& complaints() const { return complaints_; }
  std::int64_t position() const { return position_; }
  const Options& options() const { return options_; }

 protected:
  struct Standing {  // a message of its own that is acked, and that nothing is under way about
    std::string client_message_id{};
    std::string message_id{};
    std::uint64_t seq = 0;
  };
  struct Operation {                       // under way
    std::string op;                        // as the checker calls it
    std::string client_message_id{};       // of a send
    Standing subject{};                    // of an edit or a deletion
    std::uint64_t digest = 0;              // of a send or an edit
    std::optional<std::uint64_t> after{};  // of a history; none: the end of the log
  };

  Record record(Kind kind) const;
  std::string invoke(Operation operation);  // writes it down; its op_id
  void send(const std::string& client_message_id);
  std::string next_client_message_id();
  void note_flow();
  void complain(const std::runtime_error& error);
  void handle(const Json& frame);
  virtual void on_acked(const std::string& client_message_id);
  virtual void on_unavailable(const std::string& client_message_id);

  std::unique_ptr<WsClient> socket_;
  std::thread thread_;
  std::atomic<bool> stopped_ = false;
  Clock::time_point resting_until_{};
  std::map<std::string, Operation> in_flight_;  // by op_id
  std::set<std::string> unanswered_;            // client_message_ids

 private:
  void write_on();
  void resume();
  void repeat();
  void act();
  void change();
  void ask_history();
  void note_standing(const Standing& standing);
  void note_changed(const Operation& change);
  void note_replay(const Record& attach);
  void on_ack(const Json& frame);
  void on_history(const Json& frame);
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
  bool same_epoch_ = false;  // as before this connection
  std::uint64_t operations_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t acts_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t histories_ = 0;
  Standing changed_last_;
  std::deque<Standing> standing_;
  std::size_t changed_ = 0;
  std::size_t read_ = 0;
  std::size_t refused_for_good_ = 0;
  std::size_t replays_owed_ = 0;
  std::size_t replays_denied_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  std::set<std::string> acked_;
  std::vector<std::string> complaints_;
};

inline std::uint64_t seq_of(const Json& frame) {
  return static_cast<std::uint64_t>(frame["seq"].number());
}

// A message of a history, as the checker takes it.
Entry entry_of(const Json& message);

// A chat's log from behind `begin` on.
struct Log {
  std::uint64_t begin = 0;
  bool changes = false;  // edits and deletions have numbers in it, too; else every one is a message
};

// As it is read at the end, by pages of history.
void record_final(HistoryBook& book, const TestServer& server, const User& user,
                  const std::string& chat, const Log& log);

// Where the chat's log stands now.
std::uint64_t head_of(const TestServer& server, const User& user, const std::string& chat);

}  // namespace kith::test
