// Bytes on an HTTP connection, through the gates of http_request_checks.h in the order in which
// HttpSession takes them, one request behind the other, without the socket.
#include <boost/asio/ip/address.hpp>

#include "gateway/client_address.h"
#include "gateway/http_request_checks.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/http_oracle.h"

namespace kith::fuzz {
namespace {

class Connection {
 public:
  explicit Connection(std::size_t head_bytes_max) : head_bytes_max_(head_bytes_max) {}

  void receive(std::string_view bytes) {
    inbox_ += bytes;
    while (!refused_ && step()) {
    }
  }
  // What came of the bytes: requests, then a refusal or none.
  const std::vector<std::string>& outcomes() const { return outcomes_; }

 private:
  bool step() {
    if (request_) return read_body();
    if (!begun_) {
      if (inbox_.empty() || inbox_ == "\r") return false;
      if (inbox_.starts_with("\r\n")) inbox_.erase(0, 2);
      begun_ = true;
      scanner_ = HeadScanner(head_bytes_max_);
    }
    return read_head();
  }

  bool read_head() {
    const auto outcome = scanner_.scan(inbox_);
    if (const auto* refusal = std::get_if<Problem>(&outcome)) return refuse(*refusal);
    const auto* complete = std::get_if<HeadScanner::Complete>(&outcome);
    if (complete == nullptr) return false;
    head_ = inbox_.substr(0, complete->head_bytes);
    KITH_ASSERT(head_.size() <= head_bytes_max_);
    inbox_.erase(0, complete->head_bytes);
    begun_ = false;
    auto head = parse_head(head_);
    if (const auto* refusal = std::get_if<Problem>(&head)) return refuse(*refusal);
    auto checked = check_head(std::get<HttpHead>(std::move(head)), kBodyBytesMax);
    if (const auto* refusal = std::get_if<Problem>(&checked)) return refuse(*refusal);
    request_ = std::get<HttpRequest>(std::move(checked));
    return true;
  }

  bool read_body() {
    const auto wanted = static_cast<std::size_t>(request_->body_bytes);
    if (inbox_.size() < wanted) return false;
    request_->body = inbox_.substr(0, wanted);
    inbox_.erase(0, wanted);
    check_request(head_, *request_);
    check_client(request_->head);
    outcomes_.push_back(describe(*request_));
    request_.reset();
    return true;
  }

  bool refuse(const Problem& refusal) {
    check_refusal(refusal);
    outcomes_.push_back(std::to_string(refusal.status) + refusal.detail);
    refused_ = true;
    return false;
  }

  // A stranger is who is connected, whatever is claimed; behind a proxy it is some address.
  static void check_client(const HttpHead& head) {
    static const auto proxies = *AddressRanges::parse({"10.0.0.0/8", "fd00::/8"});
    const auto stranger = boost::asio::ip::make_address("192.0.2.1");
    KITH_ASSERT(client_address(stranger, head, proxies).text == "192.0.2.1");
    const auto proxy = boost::asio::ip::make_address("10.1.2.3");
    const auto named = client_address(proxy, head, proxies);
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(named.text, error);
    KITH_ASSERT(!error && address.to_string() == named.text && address == unmapped(address));
  }

  std::size_t head_bytes_max_;
  std::string inbox_;
  std::string head_;
  bool begun_ = false;
  HeadScanner scanner_;
  std::optional<HttpRequest> request_;
  bool refused_ = false;
  std::vector<std::string> outcomes_;
};

}  // namespace
}  // namespace kith::fuzz

KITH_FUZZ_TARGET(http) {
  using namespace kith::fuzz;
  Input given(input);
  const std::uint8_t how = given.byte();
  const std::uint64_t seed = how * 0x9E37'79B9u + 1;
  const std::size_t head_bytes_max = how < 0x80 ? kith::limits::kHeaderBytesMax : 300;
  const std::string_view bytes = given.rest();
  Connection whole(head_bytes_max);
  whole.receive(bytes);
  Connection cut(head_bytes_max);
  std::size_t at = 0;
  for (const std::size_t size : cuts(bytes.size(), seed)) {
    cut.receive(bytes.substr(at, size));
    at += size;
  }
  KITH_ASSERT(cut.outcomes() == whole.outcomes());
}
