#include "gateway/socket_poller.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <exception>

namespace kith {

namespace {

int make_set() {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) {
    throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
  }
  return set;
}

}  // namespace

SocketPoller::SocketPoller(boost::asio::io_context& io, int events_max)
    : set_(io.get_executor(), make_set()), events_max_(events_max) {
  wait();
}

bool SocketPoller::add(int socket, std::uint32_t events, Client& client) {
  epoll_event event{.events = events, .data = {.ptr = &client}};
  return epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, socket, &event) == 0;
}

void SocketPoller::change(int socket, std::uint32_t events, Client& client) {
  epoll_event event{.events = events, .data = {.ptr = &client}};
  epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, socket, &event);
}

void SocketPoller::remove(int socket) {
  epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, socket, nullptr);
}

void SocketPoller::begin_turn() {
  handled_ = 0;
  if (!waiting_) wait();
}

void SocketPoller::wait() {
  waiting_ = true;
  set_.async_wait(decltype(set_)::wait_read, [this](const boost::system::error_code& error) {
    waiting_ = false;
    if (error) return;  // the shard goes
    // Also behind an exception, which ends one client's turn and not the others' lives.
    struct Again {
      SocketPoller& poller;
      ~Again() {
        if (!poller.full()) poller.wait();
      }
    } again{*this};
    dispatch();
  });
}

void SocketPoller::dispatch() {
  std::array<epoll_event, kEventsAtOnce> events;
  const int room = std::min(kEventsAtOnce, events_max_ - handled_);
  if (room <= 0) return;
  const int ready = epoll_wait(set_.native_handle(), events.data(), room, 0);
  if (ready <= 0) return;
  handled_ += ready;
  // All of them, also behind one that throws: an edge that was fetched does not come again.
  std::exception_ptr failure;
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    try {
      static_cast<Client*>(event.data.ptr)->on_ready(event.events);
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace kith
