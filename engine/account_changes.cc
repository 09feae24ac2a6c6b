// The part of ChannelDelivery for what is decided about an account while its sockets are open, and
// told on the user's own channel: so every node has it at the same number, with or without the bus.
#include <simdjson.h>

#include "engine/connections.h"
#include "engine/delivery.h"
#include "engine/hub.h"
#include "engine/ports/accounts.h"

namespace kith {
namespace {

// Of notification.new: the role that its user has from here on.
std::optional<SystemRole> new_role(const std::string& notification) {
  if (notification.find(R"("role.changed")") == std::string::npos) return std::nullopt;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view text;
  if (parser.parse(notification).get(root) != simdjson::SUCCESS) return std::nullopt;
  if (root["type"].get(text) != simdjson::SUCCESS || text != "role.changed") return std::nullopt;
  if (root["payload"]["role"].get(text) != simdjson::SUCCESS) return std::nullopt;
  return parse_system_role(text);
}

}  // namespace

void ChannelDelivery::role_changed(Channel& channel, const DurableEvent& event) {
  const auto role = new_role(event.payload);
  if (!role) return;
  for (Subscription* member : channel.members) {
    // Who was let in later has been told by the store.
    if (event.seq > member->right_seen) member->session->identity.role = *role;
  }
}

// By another back end: whoever was let in before it goes. A token that is asked for anew comes
// back; where the logins ended with it nobody does.
void ChannelDelivery::disconnected(Channel& channel, const DurableEvent& event) {
  constexpr std::string_view kName = R"({"name":"kith.disconnected",)";
  if (!event.payload.starts_with(kName)) return;
  const bool ended = event.payload.find(R"("logins_ended":true)") != std::string::npos;
  context_.hub->flush_channel(channel);
  std::vector<SessionRef> theirs;
  for (const Subscription* member : channel.members) {
    if (event.seq > member->right_seen) theirs.push_back(member->session->ref);
  }
  for (const SessionRef ref : theirs) {
    Session* session = context_.sessions->find(ref);
    if (session == nullptr) continue;
    context_.connections->close(*session,
                                ended ? CloseCode::session_revoked : CloseCode::token_expired,
                                "disconnected by the application");
  }
}

}  // namespace kith
