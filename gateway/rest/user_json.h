// Users as JSON: what everybody sees, and what they see of themselves.
#pragma once

#include "engine/ports/accounts.h"
#include "protocol/json_writer.h"

namespace kith {

void write_public_user(JsonWriter& json, const UserRecord& user);
void write_own_user(JsonWriter& json, const UserRecord& user);

}  // namespace kith
