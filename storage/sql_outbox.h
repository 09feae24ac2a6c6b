// The outbox over SQL (engine/ports/outbox.h): who writes to it, and who takes from it.
//
// A claim moves due_at to the lease's end and counts `attempts` up, in one statement; on a shared
// database others skip the rows that are being claimed. So a claim that has run out is found like
// anything that is due, and what its holder says later about an attempt that is not the last any
// more changes nothing.
#pragma once

#include "engine/ports/outbox.h"
#include "storage/sql_session.h"

namespace kith {

// Asks for a mail about an account; `email` as typed. Nothing where no mail is sent at all.
void request_account_mail(WriteContext& context, OutgoingKind kind, std::string_view email,
                          WallTime now);

Result<OutboxLook> look_at_outbox(SqlConnection& db, OutgoingChannel channel);
Result<ClaimedDeliveries> claim_outbox(WriteContext& context, const ClaimRequest& request);
Status settle_outbox(WriteContext& context, const std::vector<Settlement>& settlements);
Status drop_seen(WriteContext& context, const std::vector<SeenNotice>& notices);

}  // namespace kith
