// Messages on their way to the content filter, over SQL: the outbox's channel content_filter.
//
// The log is the queue: what was committed behind the mark is taken in when somebody asks for what
// is due, some at a time, and nothing while much is waiting already. So sending a message costs
// nothing more, and one that was committed is judged, whatever crashes. The mark is set when it is
// asked for first: what was said before the filter was there is not judged.
//
// A verdict to hide is carried out when it is settled, by nobody in particular (no moderator_id);
// sockets have it by the next look at the log. A message that is gone meanwhile stays so.
#pragma once

#include "engine/ports/outbox.h"
#include "storage/sql_session.h"

namespace kith {

Result<OutboxLook> look_at_content_filter(SqlConnection& db);
Result<ClaimedDeliveries> claim_content_checks(WriteContext& context, const ClaimRequest& request);
Status settle_content_checks(WriteContext& context, const std::vector<Settlement>& settlements);

}  // namespace kith
