// From the ports' callbacks to coroutines:
//
//   Result<ChatRecord> chat = co_await await_port<ChatRecord>(
//       [&](Callback<ChatRecord> done) { chats.get(actor, id, std::move(done)); });
//
// The callback comes back on the shard that asked, so the coroutine goes on right inside it. Where
// the callback is destroyed without being called (the shard stops), the coroutine's frame goes with
// it: nothing waits for ever, and nothing is left that could be called later. The frame is unwound
// through the io_context, so callbacks must be gone before that is.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "engine/ports/callback.h"

namespace kith {

// `start` is called at once with the callback to hand to the port.
template <typename T, typename Start>
boost::asio::awaitable<Result<T>> await_port(Start start) {
  // Boxed: what completes an awaitable must be default constructible on some paths of Asio 1.81.
  auto boxed = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                    void(std::optional<Result<T>>)>(
      [&start](auto handler) {
        start(Callback<T>([handler = std::move(handler)](Result<T> result) mutable {
          std::move(handler)(std::optional<Result<T>>(std::move(result)));
        }));
      },
      boost::asio::use_awaitable);
  co_return *std::move(boxed);
}

}  // namespace kith
