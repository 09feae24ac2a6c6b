#include "storage/redis_reply_reader.h"

#include <new>

namespace kith {

namespace {

// hiredis' own makers of replies; it keeps them to itself, but for a reader's pointer to them.
const redisReplyObjectFunctions& default_functions() {
  static const redisReplyObjectFunctions functions = [] {
    redisReader* reader = redisReaderCreate();
    if (reader == nullptr) throw std::bad_alloc();
    const redisReplyObjectFunctions out = *reader->fn;
    redisReaderFree(reader);
    return out;
  }();
  return functions;
}

void* create_array(const redisReadTask* task, int elements) {
  if (elements < 0 || static_cast<std::size_t>(elements) > RedisReplyReader::kElementsMax) {
    return nullptr;  // the reader takes it for want of memory, and fails
  }
  return default_functions().createArray(task, elements);
}

}  // namespace

RedisReplyReader::RedisReplyReader(std::size_t reply_bytes_max)
    : reply_bytes_max_(reply_bytes_max), functions_(default_functions()) {
  functions_.createArray = create_array;
  reader_.reset(redisReaderCreateWithFunctions(&functions_));
  if (reader_ == nullptr) throw std::bad_alloc();
  // An empty buffer of up to this stays: otherwise every slice would allocate anew.
  reader_->maxbuf = 64 * kSliceBytes;
}

bool RedisReplyReader::take(std::string_view slice) {
  return redisReaderFeed(reader_.get(), slice.data(), slice.size()) == REDIS_OK;
}

bool RedisReplyReader::next(RedisReplyPtr& reply) {
  void* made = nullptr;
  if (redisReaderGetReply(reader_.get(), &made) != REDIS_OK) return false;
  reply.reset(static_cast<redisReply*>(made));
  return true;
}

}  // namespace kith
