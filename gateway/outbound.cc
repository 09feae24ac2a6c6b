#include "gateway/outbound.h"

#include <cstdint>

#include "protocol/assert.h"

namespace kith {

namespace {

// The length of the unmasked frame that begins `bytes`, with its header (RFC 6455 section 5.2).
std::size_t frame_length(std::string_view bytes) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::size_t length = octet(1);
  if (length < 126) return 2 + length;
  const std::size_t extra = length == 126 ? 2 : 8;
  std::size_t extended = 0;
  for (std::size_t i = 0; i < extra; ++i) extended = extended << 8 | octet(2 + i);
  return 2 + extra + extended;
}

// A block that is grown past this is followed by a new one, so that growing never copies much.
constexpr std::size_t kBlockBytesFull = 128 * 1024;
// A chunk of at least this size is held by reference instead of being copied.
constexpr std::size_t kSharedChunkBytes = 16 * 1024;

}  // namespace

void Outbound::append(std::string_view bytes) {
  if (pieces_.empty() || pieces_.back().shared ||
      pieces_.back().block.size() + bytes.size() > kBlockBytesFull) {
    pieces_.push_back({pool_.take(), nullptr});
  }
  pieces_.back().block += bytes;
}

void Outbound::append(const std::shared_ptr<const std::string>& bytes) {
  if (bytes->size() < kSharedChunkBytes) {
    append(std::string_view(*bytes));
  } else {
    pieces_.push_back({{}, bytes});
  }
}

std::size_t Outbound::gather(iovec* vectors, std::size_t max) const {
  std::size_t count = 0;
  for (const Piece& piece : pieces_) {
    if (count == max) break;
    std::string_view bytes = piece.bytes();
    if (count == 0) bytes.remove_prefix(offset_);
    vectors[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return count;
}

void Outbound::consume(std::size_t bytes) {
  offset_ += bytes;
  while (!pieces_.empty() && offset_ >= pieces_.front().bytes().size()) {
    offset_ -= pieces_.front().bytes().size();
    pop();
  }
  KITH_ASSERT(!pieces_.empty() || offset_ == 0);
}

void Outbound::pop() {
  if (!pieces_.front().shared) pool_.give(std::move(pieces_.front().block));
  pieces_.erase(pieces_.begin());
  if (pieces_.empty()) pieces_.shrink_to_fit();
}

void Outbound::keep_current_frame() {
  if (offset_ == 0) {
    clear();
    return;
  }
  const std::string_view bytes = pieces_.front().bytes();
  std::size_t end = 0;
  while (end < offset_) end += frame_length(bytes.substr(end));
  std::string rest(bytes.substr(offset_, end - offset_));
  clear();
  if (!rest.empty()) append(rest);
}

std::size_t Outbound::bytes() const {
  std::size_t total = 0;
  for (const Piece& piece : pieces_) total += piece.bytes().size();
  return total - offset_;
}

void Outbound::clear() {
  while (!pieces_.empty()) pop();
  offset_ = 0;
}

}  // namespace kith
