// Tokens that prove an address to be one's own, over SQL (engine/ports/account_recovery.h). Only
// their SHA-256 is stored; a token that has been used has no row any more.
#pragma once

#include <string>

#include "engine/ports/account_recovery.h"
#include "storage/sql_session.h"

namespace kith {

// The token's text, which nothing but the mail holds.
std::string make_account_token(WriteContext& context, UserKey user, OutgoingKind kind,
                               WallTime now);
std::int64_t count_account_tokens(SqlConnection& db, UserKey user, OutgoingKind kind, WallTime now);

Status verify_email(WriteContext& context, const TokenHash& token, WallTime now);
Status check_reset_token(SqlConnection& db, const TokenHash& token, WallTime now);
Result<Committed> reset_password(WriteContext& context, const NewPassword& password);

}  // namespace kith
