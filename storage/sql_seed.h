// `kithd seed`: many users and rooms in one transaction, straight into the tables.
#pragma once

#include "storage/open_storage.h"
#include "storage/sql_connection.h"

namespace kith {

// Users are user0@seed.kith ("User 0") and so on, or from the first number that is not taken; rooms
// are group chats "Room 0" ... whose first member is the owner; clubs are "Club 0" ..., of
// the first users. No log events: nobody was there. bad_request: more members than users.
// unavailable: SQL failed, nothing was made.
Result<Seeded> seed_database(SqlConnection& connection, const SeedRequest& request);

}  // namespace kith
