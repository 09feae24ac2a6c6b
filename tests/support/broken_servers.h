// Servers that a test started and that ended as no test had asked them to, or that left the report
// of a sanitizer or of an assertion. Whatever the tests themselves found, the program then ends
// with 1: also where the server was the last to go, behind main().
#pragma once

#include <string>
#include <string_view>

namespace kith::test {

void note_broken_server(const std::string& why);  // says so on stderr

// Whether this output of a process has the report of a sanitizer in it, or of an assertion: ours,
// the C library's, or the C++ library's.
bool holds_report(std::string_view output);

}  // namespace kith::test
