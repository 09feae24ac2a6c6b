// Sees to it that a process that has drained ends, whatever holds up one of its threads: the
// resolver behind libpq or Asio, which nothing cuts short, or another that nobody has thought of.
// By then there is nobody to be told anything, and what was acknowledged has been committed: to end
// is as safe as a kill, and better than to keep a rolling restart waiting.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

namespace kith {

class EndWatch {
 public:
  enum class Cause : std::uint8_t { asked_again, too_long };
  struct Options {
    std::chrono::milliseconds patience{};
    // Waits for so long; true: somebody wants it to end at once.
    std::function<bool(std::chrono::milliseconds)> asked_again;
    // On a thread of this object's, at most once: ends the process.
    std::function<void(Cause)> give_up;
  };
  explicit EndWatch(Options options);
  ~EndWatch() = default;  // it has ended by itself
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;

 private:
  const Options options_;
  std::jthread thread_;  // last: it uses the other
};

}  // namespace kith
