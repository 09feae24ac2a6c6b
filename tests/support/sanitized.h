// Whether this build, and so the servers that its tests start, runs under a sanitizer.
#pragma once

namespace kith::test {

#ifdef KITH_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace kith::test
