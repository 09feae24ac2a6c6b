#include "gateway/common_passwords.h"

#include <doctest/doctest.h>

#include <string>

namespace kith {

TEST_CASE("what is guessed first is known, with its variations") {
  for (const char* common :
       {"password",         "PASSWORD",  "Password1",   "p@ssw0rd",   "passw0rd12", "123password",
        "passwordpassword", "12345678",  "0987654321",  "1234554321", "11112222",   "11223344",
        "aaaaaaaa",         "abcabcabc", "12121212",    "qwertyuiop", "poiuytrewq", "asdfghjk",
        "1q2w3e4r",         "zaq12wsx",  "123qweasd",   "qweasdzxc",  "123456789a", "iloveyou",
        "trustno1",         "letmein!",  "welcome2024", "liverpoo",   "24122001",   "19991231"}) {
    CAPTURE(common);
    CHECK(is_common_password(common));
  }
}

TEST_CASE("what takes longer to guess is not refused") {
  for (const char* fair : {"correct horse", "S3cur3!!", "kith-seeded-password",
                           "my dragon eats cheese", "tr0ub4dor&3", "thisisfine99", "Xk29dmQ1",
                           "password manager rocks", "ää öö üü", "73914628", "a1b2 c3d4 e5"}) {
    CAPTURE(fair);
    CHECK_FALSE(is_common_password(fair));
  }
}

TEST_CASE("any bytes of any length are judged without harm") {
  CHECK_FALSE(is_common_password(""));
  CHECK_FALSE(is_common_password("\xff\xfe\x80 \x01"));
  CHECK(is_common_password(std::string(1024, '1')));
  std::string text;
  for (int i = 0; i < 1024; ++i) text += static_cast<char>(i * 7919 % 251);
  CHECK_FALSE(is_common_password(text));
}

}  // namespace kith
