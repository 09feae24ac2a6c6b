// Redis' answers (RESP2) out of a stream of bytes, by hiredis' reader alone: no socket and no
// context of it, whose asserts abort on an answer that they do not expect (Debian builds 0.14 with
// them). What the reader itself leaves open is closed here: an answer has at most so many bytes, an
// array at most so many elements (0.14 would allocate for as many as are announced), and arrays are
// nested at most nine deep (its own limit).
#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace kith {

struct RedisReplyFree {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RedisReplyPtr = std::unique_ptr<redisReply, RedisReplyFree>;

inline std::string_view text_of(const redisReply& reply) {
  return {reply.str, reply.str == nullptr ? 0 : static_cast<std::size_t>(reply.len)};
}

class RedisReplyReader {
 public:
  static constexpr std::size_t kElementsMax = 1024;

  explicit RedisReplyReader(std::size_t reply_bytes_max);
  RedisReplyReader(const RedisReplyReader&) = delete;
  RedisReplyReader& operator=(const RedisReplyReader&) = delete;

  // Takes bytes and calls `each(const redisReply&)` for every answer that they complete, until it
  // returns false. False: that, or the stream is no RESP, or beyond a limit: it is to be closed,
  // and nothing more fed.
  template <typename Each>
  bool feed(std::string_view bytes, Each each) {
    // In slices: with much in its buffer the reader moves all of it for every answer.
    while (!bytes.empty()) {
      const std::string_view slice = bytes.substr(0, kSliceBytes);
      bytes.remove_prefix(slice.size());
      if (!take(slice)) return false;
      incomplete_bytes_ += slice.size();
      while (true) {
        RedisReplyPtr reply;
        if (!next(reply)) return false;
        if (reply == nullptr) break;
        incomplete_bytes_ = reader_->len - reader_->pos;
        if (!each(*reply)) return false;
      }
      if (incomplete_bytes_ > reply_bytes_max_) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kSliceBytes = 16 * 1024;
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  bool take(std::string_view slice);
  bool next(RedisReplyPtr& reply);  // null: none is complete

  const std::size_t reply_bytes_max_;
  std::size_t incomplete_bytes_ = 0;  // of the answer under way, also what the reader has taken in
  redisReplyObjectFunctions functions_{};
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace kith
