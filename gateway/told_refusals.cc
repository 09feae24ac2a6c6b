#include "gateway/told_refusals.h"

#include <string>

#include "gateway/config_address.h"
#include "gateway/log.h"

namespace kith {

namespace {
// As much of an origin as a host name needs; what is longer is told of once with its like.
constexpr std::size_t kOriginKeyBytes = 256;
}  // namespace

void tell_of_garbage(ShardServices& services, const boost::asio::ip::address& peer,
                     const Problem& refusal) {
  const std::string address = unmapped(peer).to_string();
  if (services.server.garbage_told.take(address, services.now().steady)) return;
  log_event(LogLevel::info, "http.garbage", {{"address", address}, {"reason", refusal.detail}});
}

void tell_of_foreign_origin(ShardServices& services, const HttpRequest& request) {
  ++services.counters.handshakes_foreign;
  const std::string_view origin = request.head.find("origin").value_or("");
  const auto key = origin.substr(0, kOriginKeyBytes);
  if (services.server.origins_told.take(key, services.now().steady)) return;
  // The Host is what the origin was held against: behind a proxy that sets another one, no page is
  // of the same origin.
  log_event(LogLevel::info, "socket.origin_refused",
            {{"correlation_id", request.correlation_id},
             {"origin", key},
             {"host", request.head.find("host").value_or("").substr(0, kOriginKeyBytes)},
             {"address", request.client_address}});
}

}  // namespace kith
