// Users as JSON: what everybody sees, and what they see of themselves.
#pragma once

#include "engine/ports/accounts.h"
#include "protocol/json_writer.h"

namespace kith {

// What everybody sees, as members of the object that is open.
void write_user_members(JsonWriter& json, const UserRecord& user);
void write_own_user(JsonWriter& json, const UserRecord& user);

}  // namespace kith
