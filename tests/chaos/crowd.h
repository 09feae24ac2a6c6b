// Hundreds or thousands of clients on one epoll loop in the caller's thread: nothing happens but
// while one of the calls that take a time runs, so a test may look at and change any client in
// between.
//
// All that is random comes from the seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/chaos/chaos_client.h"
#include "tests/chaos/recorder.h"

namespace kith::test {

class JsonParser;

class Crowd {
 public:
  struct Options {
    std::uint16_t port = 0;
    std::uint64_t seed = 1;
    Recorder* recorder = nullptr;  // outlives the crowd; nullptr: nothing is recorded
  };
  explicit Crowd(Options options);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // Begins to connect at once.
  ChaosClient& add(ChaosOptions options);
  const std::vector<std::unique_ptr<ChaosClient>>& clients() const { return clients_; }

  void run_for(std::chrono::milliseconds time);
  // False: it did not come to be in time.
  bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds patience);
  bool all_live(std::chrono::milliseconds patience);

  // From the moment something was said until a client that is neither slow nor silent, and has not
  // been away meanwhile, saw it, in milliseconds, since the last call of forget_latencies(). The
  // worst of 99 %. Where nobody has seen anything yet it is waited for, and where that does not
  // come either this throws std::runtime_error: nothing is not fast.
  double p99_ms(std::chrono::milliseconds patience = 2 * kPatience);
  void forget_latencies() { latencies_ms_.clear(); }

 private:
  friend class ChaosClient;

  void turn(Clock::time_point until);
  void said(const std::string& client_message_id) { said_at_[client_message_id] = Clock::now(); }
  void seen(const std::string& client_message_id, Clock::time_point live_since);
  std::chrono::milliseconds jitter(std::chrono::milliseconds most);

  Options options_;
  int epoll_ = -1;
  std::mt19937_64 random_;
  std::unique_ptr<JsonParser> parser_;
  std::vector<std::unique_ptr<ChaosClient>> clients_;
  Clock::time_point next_tick_{};
  std::unordered_map<std::string, Clock::time_point> said_at_;
  std::size_t text_bytes_max_ = 0;  // of anything said
  std::vector<float> latencies_ms_;
};

// The population that `kithd seed` has written into a file.

struct Town {
  struct Inhabitant {
    std::string id;
    std::string token;
  };
  struct Chat {
    std::string id;
    std::vector<std::size_t> members;  // indices into inhabitants
  };
  std::vector<Inhabitant> inhabitants;
  std::vector<Chat> chats;
};
Town read_town(const std::string& seed_file);

}  // namespace kith::test
