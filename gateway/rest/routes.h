// The tables of the resources, one file each.
#pragma once

#include <span>

#include "gateway/http_router.h"

namespace kith {

std::span<const Route> user_routes();
std::span<const Route> auth_routes();
std::span<const Route> chat_routes();
std::span<const Route> participant_routes();
std::span<const Route> message_routes();
std::span<const Route> reaction_routes();
std::span<const Route> operation_routes();

}  // namespace kith
