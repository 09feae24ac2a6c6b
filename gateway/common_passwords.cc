#include "gateway/common_passwords.h"

#include <algorithm>
#include <array>
#include <string>

namespace kith {

namespace {

constexpr std::size_t kUnitMax = 4;   // of a repetition: abcabcabc
constexpr std::size_t kUsualRun = 3;  // keys next to each other that count as one row
constexpr std::size_t kSparseLetters = 3;

// Rows and columns of the usual keyboard, and the orders that everybody knows; read both ways.
constexpr std::array<std::string_view, 19> kRows = {"01234567890",
                                                    "abcdefghijklmnopqrstuvwxyz",
                                                    "qwertyuiop",
                                                    "asdfghjkl",
                                                    "zxcvbnm",
                                                    "qwertzuiop",
                                                    "azertyuiop",
                                                    "qsdfghjklm",
                                                    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
                                                    "qazwsxedcrfvtgbyhnujm",
                                                    "1q2w3e4r5t6y7u8i9o0p",
                                                    "q1w2e3r4t5y6u7i8o9p0",
                                                    "zaq12wsxcde34rfv",
                                                    "147258369",
                                                    "159357",
                                                    "741852963",
                                                    "12qwaszx",
                                                    "13579",
                                                    "2468"};

// Lower case, letters alone, in the order of the alphabet.
constexpr std::array<std::string_view, 309> kWords = {
    "aaron",      "abc",         "access",    "adidas",     "admin",      "administrator",
    "airborne",   "alexander",   "alexandra", "alexandre",  "america",    "american",
    "anderson",   "andrea",      "angel",     "angels",     "anthony",    "apples",
    "arsenal",    "ashley",      "asshole",   "august",     "austin",     "babygirl",
    "bailey",     "banana",      "barcelona", "baseball",   "basketball", "batman",
    "beautiful",  "benjamin",    "bigdaddy",  "blahblah",   "blessed",    "blink",
    "bollocks",   "bonjour",     "brittany",  "brooklyn",   "budlight",   "bulldog",
    "bulldogs",   "bullshit",    "butterfly", "butthead",   "california", "cameron",
    "cardinal",   "carolina",    "caroline",  "champion",   "changeme",   "charles",
    "charlie",    "cheese",      "chelsea",   "cherokee",   "chester",    "chevelle",
    "chicago",    "chicken",     "chocolate", "christian",  "christina",  "christine",
    "christmas",  "christopher", "cocacola",  "colorado",   "computer",   "cookie",
    "corvette",   "courtney",    "cowboys",   "creative",   "cristina",   "dakota",
    "dallas",     "daniel",      "danielle",  "darkness",   "darkside",   "december",
    "default",    "diamond",     "dickhead",  "dolphin",    "dolphins",   "dragon",
    "dragons",    "drowssap",    "einstein",  "electric",   "elephant",   "elizabeth",
    "everton",    "explorer",    "family",    "fishing",    "florence",   "florida",
    "flower",     "football",    "forever",   "formula",    "francesca",  "francisco",
    "frankie",    "franklin",    "freedom",   "freepass",   "freeuser",   "friend",
    "friends",    "fuckoff",     "fuckyou",   "gabriel",    "garfield",   "gateway",
    "george",     "ginger",      "godzilla",  "google",     "guinness",   "guitar",
    "hannah",     "happy",       "hardcore",  "harley",     "hello",      "helloworld",
    "hockey",     "hunter",      "iloveyou",  "infinity",   "internet",   "ironman",
    "jackson",    "jasmine",     "jennifer",  "jessica",    "jesus",      "johnson",
    "jonathan",   "jordan",      "joshua",    "justin",     "juventus",   "kawasaki",
    "killer",     "kimberly",    "kristina",  "lacrosse",   "lasvegas",   "letmein",
    "lifehack",   "liverpool",   "login",     "logitech",   "london",     "lovely",
    "loveme",     "loverboy",    "lovers",    "loveyou",    "madison",    "maggie",
    "marina",     "marlboro",    "marshall",  "maryjane",   "master",     "matrix",
    "matthew",    "maverick",    "maximus",   "mercedes",   "merlin",     "metallic",
    "metallica",  "michael",     "michelle",  "michigan",   "mickey",     "midnight",
    "minecraft",  "mitchell",    "monkey",    "monster",    "montana",    "motorola",
    "mountain",   "mustang",     "mypass",    "mypassword", "naruto",     "newyork",
    "nicholas",   "nicole",      "nintendo",  "nothing",    "november",   "october",
    "oliver",     "orange",      "pakistan",  "panther",    "panthers",   "paradise",
    "pass",       "passport",    "passwd",    "password",   "passwords",  "passwort",
    "patricia",   "patriots",    "pearljam",  "peekaboo",   "pepper",     "phoenix",
    "platinum",   "playboy",     "pokemon",   "poohbear",   "porsche",    "precious",
    "predator",   "princess",    "qwerty",    "qwertz",     "rainbow",    "rangers",
    "redskins",   "redwings",    "robert",    "rockstar",   "rolltide",   "root",
    "samantha",   "samsung",     "scarface",  "scorpion",   "scotland",   "secret",
    "security",   "semperfi",    "september", "server",     "shadow",     "shithead",
    "simpsons",   "skywalker",   "slipknot",  "snickers",   "snowball",   "soccer",
    "softball",   "something",   "spiderman", "spitfire",   "stargate",   "startrek",
    "starwars",   "steelers",    "stephanie", "success",    "summer",     "sunflower",
    "sunshine",   "superman",    "superstar", "suzuki",     "svetlana",   "swordfish",
    "sysadmin",   "taylor",      "test",      "tester",     "testing",    "testtest",
    "theman",     "thomas",      "thunder",   "tigger",     "trouble",    "trustno",
    "undertaker", "user",        "valentin",  "valentina",  "victoria",   "virginia",
    "vladimir",   "warcraft",    "welcome",   "westside",   "whatever",   "wildcats",
    "william",    "williams",    "windows",   "winston",    "winter",     "wolfpack",
    "wolverine",  "yankees",     "zxcvbnm"};
static_assert(std::ranges::is_sorted(kWords));

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// p4$$w0rd -> password.
char letter_meant(char c) {
  constexpr std::string_view kSigns = "013457@$!|+";
  constexpr std::string_view kLetters = "oieastasilt";
  static_assert(kSigns.size() == kLetters.size());
  const auto at = kSigns.find(c);
  return at == std::string_view::npos ? c : kLetters[at];
}

bool is_repetition(std::string_view text) {
  for (std::size_t unit = 1; unit <= kUnitMax && 2 * unit <= text.size(); ++unit) {
    bool repeats = true;
    for (std::size_t i = unit; repeats && i < text.size(); ++i) {
      repeats = text[i] == text[i - unit];
    }
    if (repeats) return true;
  }
  return false;
}

// The longest piece at the start of `text` that stands in a row, forwards or backwards.
std::size_t row_at(std::string_view text) {
  std::size_t longest = 0;
  for (const std::string_view row : kRows) {
    const std::string backwards(row.rbegin(), row.rend());
    for (const std::string_view line : {row, std::string_view(backwards)}) {
      std::size_t length = longest;
      while (length < text.size() && line.find(text.substr(0, length + 1)) != line.npos) ++length;
      longest = std::max(longest, length);
    }
  }
  return longest;
}

// Nothing but pieces of rows, each of at least three keys, and hardly anything between them:
// 123qweasd, 123456789a.
bool is_rows(std::string_view text) {
  std::size_t others_left = text.size() / 5;
  while (!text.empty()) {
    std::size_t length = row_at(text);
    if (length < kUsualRun) {
      // One key that is pressed again and again belongs as well: 111aaa.
      length = std::min(text.find_first_not_of(text.front()), text.size());
    }
    if (length < kUsualRun) {
      if (others_left == 0) return false;
      --others_left;
      length = 1;
    }
    text.remove_prefix(length);
  }
  return true;
}

// 11223344: each key as often as it takes.
bool is_row_of_repeated_keys(std::string text) {
  const std::size_t length = text.size();
  text.erase(std::ranges::unique(text).begin(), text.end());
  return 2 * text.size() <= length && is_rows(text);
}

// Day, month and year, or the other way round.
bool is_date(std::string_view text) {
  if (text.size() != 8 || !std::ranges::all_of(text, is_digit)) return false;
  const auto is_year = [](std::string_view year) {
    return year.starts_with("19") || year.starts_with("20");
  };
  return is_year(text.substr(4)) || is_year(text);
}

// Or what is left of a longer one where only 8 characters counted: liverpoo.
bool is_word(std::string_view text) {
  if (text.size() == 8) {
    const auto at = std::ranges::lower_bound(kWords, text);
    return at != kWords.end() && at->starts_with(text);
  }
  return std::ranges::binary_search(kWords, text);
}

// One word, or the same word twice.
bool is_words(std::string_view text) {
  const std::string_view half = text.substr(0, text.size() / 2);
  return is_word(text) ||
         (text.size() % 2 == 0 && half == text.substr(half.size()) && is_word(half));
}

// What stands between the digits and signs at both ends.
std::string_view core_of(std::string_view text) {
  while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  return text;
}

std::string letters_meant(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), letter_meant);
  return out;
}

// A word or row of letters, with so little around it that trying them all is no work.
bool is_dressed_word(const std::string& text) {
  const std::string_view core = core_of(text);
  if (text.size() - core.size() > kUnitMax + 2) return false;
  if (core.size() >= kSparseLetters && (is_words(core) || is_rows(core))) return true;
  if (is_words(letters_meant(core)) || is_words(letters_meant(text))) return true;
  // Digits behind may be meant as such: passw0rd12.
  std::string_view front = text;
  while (!front.empty() && (is_digit(front.back()) || !is_letter(letter_meant(front.back())))) {
    front.remove_suffix(1);
    if (is_words(letters_meant(front))) return true;
  }
  return false;
}

}  // namespace

bool is_common_password(std::string_view password) {
  if (password.empty()) return false;
  const std::string text = lower_case(password);
  return is_repetition(text) || is_rows(text) || is_row_of_repeated_keys(text) || is_date(text) ||
         is_dressed_word(text);
}

}  // namespace kith
