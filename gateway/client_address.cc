#include "gateway/client_address.h"

#include <vector>

namespace kith {

namespace {

std::vector<std::string_view> entries_of(const HttpHead& head) {
  std::vector<std::string_view> entries;
  for (const NamedValue& field : head.fields) {
    if (field.name != "x-forwarded-for") continue;
    std::string_view list = field.value;
    while (true) {
      const auto comma = list.find(',');
      entries.push_back(trimmed(list.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  return entries;
}

}  // namespace

ClientAddress client_address(const boost::asio::ip::address& peer, const HttpHead& head,
                             const AddressRanges& trusted_proxies) {
  auto address = unmapped(peer);
  const auto entries = entries_of(head);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!trusted_proxies.contains(address)) break;
    boost::system::error_code error;
    const auto named = boost::asio::ip::make_address(std::string(*entry), error);
    if (error) break;
    address = unmapped(named);
  }
  return {.text = address.to_string(), .loopback = address.is_loopback()};
}

}  // namespace kith
