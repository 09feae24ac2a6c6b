// One transfer by libcurl, with what all of ours have in common: no redirects, no proxies of the
// environment, no other protocol than named, certificates verified, an end in time, no answer that
// is kept.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace kith {

class CurlTransfer {
 public:
  struct Options {
    std::string url;
    const char* protocols = "https";
    std::chrono::seconds timeout{5};
    std::string ca_file{};  // empty: the machine's authorities
  };
  // `stop` outlives it.
  CurlTransfer(const Options& options, const std::atomic<bool>& stop);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  template <typename Value>
  void set(CURLoption option, Value value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(handle_.get(), option, value);
  }
  void add_header(const std::string& line);
  void add_recipient(const std::string& address);

  // What an option said that libcurl would not take, else the transfer's outcome.
  CURLcode perform();
  long status() const;  // of HTTP or SMTP; 0: none came
  std::chrono::seconds retry_after() const;
  // Of an outcome that is not CURLE_OK, in libcurl's words; never the URL's.
  static std::string reason(CURLcode code);

 private:
  struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, Free>;
  void append(List& list, const std::string& text);
  static std::size_t discard(char* data, std::size_t size, std::size_t count, void* self);

  std::unique_ptr<CURL, Free> handle_;
  List headers_;
  List recipients_;
  CURLcode code_ = CURLE_OK;
  std::size_t received_ = 0;
};

}  // namespace kith
