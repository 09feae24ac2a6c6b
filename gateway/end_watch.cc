#include "gateway/end_watch.h"

namespace kith {
namespace {

constexpr std::chrono::milliseconds kWatchSlice{20};

}  // namespace

EndWatch::EndWatch(Options options)
    : options_(std::move(options)), thread_([this](const std::stop_token& ended) {
        const auto until = std::chrono::steady_clock::now() + options_.patience;
        while (!ended.stop_requested()) {
          if (options_.asked_again(kWatchSlice)) return options_.give_up(Cause::asked_again);
          if (std::chrono::steady_clock::now() >= until) return options_.give_up(Cause::too_long);
        }
      }) {}

}  // namespace kith
