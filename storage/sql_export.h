// All that is stored about a user, page by page, for the user alone: each entry is one JSON object,
// {"kind": "message", ...}, by kind and then by age.
//
// What others said to the user is theirs and not told; of a chat, that the user is in it is.
// Secrets (hashes of passwords and tokens) are no one's to read.
#pragma once

#include "engine/ports/profiles.h"
#include "storage/sql_connection.h"

namespace kith {

// bad_request (field cursor): not one of ours.
// Every column that names a user is told of in storage/sql_user_data.h.
Result<ExportPage> read_export(SqlConnection& db, const Actor& actor, const ExportQuery& query);
// Is there a kind of entry of this name?
bool exports(std::string_view kind);

}  // namespace kith
