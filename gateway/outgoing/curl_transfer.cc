#include "gateway/outgoing/curl_transfer.h"

#include <mutex>

namespace kith {
namespace {

// Of an answer: past it the transfer ends.
constexpr std::size_t kAnswerBytesMax = 64 * 1024;
constexpr long kConnectTimeoutMs = 5000;

int asked_to_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

}  // namespace

CurlTransfer::CurlTransfer(const Options& options, const std::atomic<bool>& stop) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  handle_.reset(curl_easy_init());
  if (!handle_) {
    code_ = CURLE_OUT_OF_MEMORY;
    return;
  }
  const long timeout_ms = std::chrono::milliseconds(options.timeout).count();
  set(CURLOPT_URL, options.url.c_str());  // copied
  set(CURLOPT_PROTOCOLS_STR, options.protocols);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_NOSIGNAL, 1L);
  // A resolver that does not answer is left behind to end by itself: waited for, it would hold the
  // transfer beyond its time, and the process at its end.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_TIMEOUT_MS, timeout_ms);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::min(kConnectTimeoutMs, timeout_ms));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &asked_to_stop);
  set(CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stop));
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::receive);
  set(CURLOPT_WRITEDATA, this);
}

std::size_t CurlTransfer::receive(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.received_ += size * count;
  if (transfer.received_ > kAnswerBytesMax) return 0;
  if (transfer.keeps_) transfer.answer_.append(data, size * count);
  return size * count;
}

void CurlTransfer::append(List& list, const std::string& text) {
  curl_slist* longer = curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) {
    code_ = CURLE_OUT_OF_MEMORY;
    return;
  }
  static_cast<void>(list.release());  // the same list
  list.reset(longer);
}

void CurlTransfer::add_header(const std::string& line) {
  append(headers_, line);
}
void CurlTransfer::add_recipient(const std::string& address) {
  append(recipients_, address);
}

CURLcode CurlTransfer::perform() {
  if (headers_) set(CURLOPT_HTTPHEADER, headers_.get());
  if (recipients_) set(CURLOPT_MAIL_RCPT, recipients_.get());
  return code_ == CURLE_OK ? curl_easy_perform(handle_.get()) : code_;
}

long CurlTransfer::status() const {
  long status = 0;
  if (handle_) curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::chrono::seconds CurlTransfer::retry_after() const {
  curl_off_t wish = 0;
  if (handle_) curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &wish);
  return std::chrono::seconds(wish);
}

std::string CurlTransfer::reason(CURLcode code) {
  return curl_easy_strerror(code);
}

}  // namespace kith
