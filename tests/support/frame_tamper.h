// A network that changes what a server says: put into a TcpProxy, it reads the frames on their way
// to the client and lets a test change a few that follow one another, once.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kith::test {

class FrameTamper {
 public:
  // Gets messages (`message.new` and `ack`) that came one after the other, an object each; changes
  // them and answers true, or leaves them alone. From then on everything passes.
  using Change = std::function<bool(std::vector<std::string>& messages)>;

  FrameTamper(std::size_t window, Change change) : window_(window), change_(std::move(change)) {}

  // Bytes of the server, in any portions; what is to go on to the client.
  std::string operator()(std::string_view bytes);

 private:
  bool take_frame(std::string& out);
  void take_line(std::string_view line, std::string& out);
  void pass_held(std::size_t keep, std::string& out);

  const std::size_t window_;
  const Change change_;
  bool upgraded_ = false;
  bool done_ = false;
  std::string unread_;
  std::deque<std::string> held_;
};

}  // namespace kith::test
