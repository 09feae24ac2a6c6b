// What is seen of the server from outside: that it stays within its bounds (C14), stays alive (C15)
// and recovers by itself (C16).
#pragma once

#include "tests/history/reporter.h"

namespace kith::test {

void judge_resource(const Record& record, Line line, Reporter& reporter);
void judge_process(const Record& record, Line line, Reporter& reporter);
void judge_heal(const Record& record, Line line, Reporter& reporter);

}  // namespace kith::test
