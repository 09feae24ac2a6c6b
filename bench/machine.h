// What a figure was measured on.
#pragma once

#include <string>

namespace kith::bench {

// "AMD EPYC …, 2 cores, 23 GiB, Linux 6.1.0": processor, cores, memory, kernel.
std::string machine();

std::string now_rfc3339();

}  // namespace kith::bench
