// A name with several addresses is reached if one of them answers.
#include "bench/connect_any.h"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace kith::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Outcome {
  boost::system::error_code error;
  tcp::endpoint peer;
  tcp::endpoint source;
  int receive_buffer_bytes = 0;
};

Awaitable<void> connect_into(Socket* socket, std::vector<tcp::endpoint> endpoints, SocketPlan plan,
                             boost::system::error_code* error) {
  *error = co_await connect_any(*socket, std::move(endpoints), plan);
}

Outcome connected(std::vector<tcp::endpoint> endpoints, SocketPlan plan) {
  asio::io_context io(1);
  Socket socket(io);
  Outcome outcome;
  auto over = asio::co_spawn(io, connect_into(&socket, std::move(endpoints), plan, &outcome.error),
                             asio::use_future);
  io.run();
  over.get();
  if (outcome.error) return outcome;
  outcome.peer = socket.remote_endpoint();
  outcome.source = socket.local_endpoint();
  asio::socket_base::receive_buffer_size size;
  socket.get_option(size);
  outcome.receive_buffer_bytes = size.value();
  return outcome;
}

struct Listening {
  asio::io_context io{1};
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::make_address_v4("127.0.0.1"), 0)};

  // Of loopback's, only 127.0.0.1 has a listener there.
  tcp::endpoint at(const char* address) const {
    return {asio::ip::make_address(address), acceptor.local_endpoint().port()};
  }
};

TEST_CASE("an address that refuses is passed over, whichever family it is of") {
  const Listening listening;
  for (const char* first : {"127.0.0.2", "::1"}) {
    CAPTURE(first);
    const Outcome outcome = connected({listening.at(first), listening.at("127.0.0.1")}, {});
    CHECK_FALSE(outcome.error);
    CHECK(outcome.peer == listening.at("127.0.0.1"));
  }
}

TEST_CASE("where none answers, the error is the last one's; of no address there is one, too") {
  const Listening listening;
  CHECK(connected({listening.at("127.0.0.2"), listening.at("127.0.0.3")}, {}).error ==
        asio::error::connection_refused);
  CHECK(connected({}, {}).error == asio::error::host_not_found);
}

TEST_CASE("who is beyond the first 8,000 comes from an address of loopback of its own") {
  const Listening listening;
  const auto source = [&](std::size_t number) {
    const Outcome outcome = connected({listening.at("127.0.0.1")}, {.number = number});
    CHECK_FALSE(outcome.error);
    return outcome.source.address().to_string();
  };
  CHECK(source(7'999) == "127.0.0.1");
  CHECK(source(8'000) == "127.0.0.2");
  CHECK(source(32'000) == "127.0.0.5");
}

TEST_CASE("a small receive buffer is one from the start") {
  const Listening listening;
  const int usual = connected({listening.at("127.0.0.1")}, {}).receive_buffer_bytes;
  const int small =
      connected({listening.at("127.0.0.1")}, {.receive_buffer_bytes = 16384}).receive_buffer_bytes;
  CHECK(small == 16384);
  CHECK(usual > small);
}

}  // namespace
}  // namespace kith::bench
