// Hashes for tables that are keyed by what outsiders choose. A table whose hash they can compute is
// one that they can fill with keys of one bucket, so that every look-up in it walks through all of
// them (Crosby and Wallach, "Denial of Service via Algorithmic Complexity Attacks", 2003): here
// they would have to know a key that is drawn anew in each process. Not for what is stored or sent.
//
// Text is hashed by SipHash-2-4 (Aumasson and Bernstein, 2012), made for this very purpose; ids,
// which are looked up on the path of a message, by something quicker (ids.cc).
//
// Any thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kith {

struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

HashKey draw_hash_key();

inline const HashKey& process_hash_key() {
  static const HashKey key = draw_hash_key();
  return key;
}

// Its two rounds a word and four at the end.
class SipState {
 public:
  explicit constexpr SipState(HashKey key)
      : a_(key.first ^ 0x736f'6d65'7073'6575),
        b_(key.second ^ 0x646f'7261'6e64'6f6d),
        c_(key.first ^ 0x6c79'6765'6e65'7261),
        d_(key.second ^ 0x7465'6462'7974'6573) {}

  constexpr void take(std::uint64_t word) {
    d_ ^= word;
    round();
    round();
    a_ ^= word;
  }
  constexpr std::uint64_t end() {
    c_ ^= 0xFF;
    for (int i = 0; i < 4; ++i) round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  constexpr void round() {
    a_ += b_;
    b_ = std::rotl(b_, 13) ^ a_;
    a_ = std::rotl(a_, 32);
    c_ += d_;
    d_ = std::rotl(d_, 16) ^ c_;
    a_ += d_;
    d_ = std::rotl(d_, 21) ^ a_;
    c_ += b_;
    b_ = std::rotl(b_, 17) ^ c_;
    c_ = std::rotl(c_, 32);
  }

  std::uint64_t a_, b_, c_, d_;
};

constexpr std::uint64_t sip_hash(HashKey key, std::string_view text) {
  SipState state(key);
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * (i % 8));
    if (i % 8 != 7) continue;
    state.take(word);
    word = 0;
  }
  state.take(word | std::uint64_t{text.size()} << 56);
  return state.end();
}

// Of a table with keys of text, which can be asked with a string_view where its equality is
// std::equal_to<>.
struct KeyedTextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return sip_hash(process_hash_key(), text); }
};

}  // namespace kith
