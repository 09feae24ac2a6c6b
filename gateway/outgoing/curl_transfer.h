// One transfer by libcurl, with what all of ours have in common: no redirects, no proxies of the
// environment, no other protocol than named, certificates verified, an end in time, an answer of
// 64 KiB at the most, which is kept where somebody wants it.
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
  void keep_answer() { keeps_ = true; }

  // What an option said that libcurl would not take, else the transfer's outcome.
  CURLcode perform();
  long status() const;  // of HTTP or SMTP; 0: none came
  std::chrono::seconds retry_after() const;
  const std::string& answer() const { return answer_; }  // what of it was kept
  // Of an outcome that is not CURLE_OK, in libcurl's words; never the URL's.
  static std::string reason(CURLcode code);

 private:
  struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, Free>;
  void append(List& list, const std::string& text);
  static std::size_t receive(char* data, std::size_t size, std::size_t count, void* self);

  std::unique_ptr<CURL, Free> handle_;
  List headers_;
  List recipients_;
  CURLcode code_ = CURLE_OK;
  std::size_t received_ = 0;
  bool keeps_ = false;
  std::string answer_;
};

}  // namespace kith
