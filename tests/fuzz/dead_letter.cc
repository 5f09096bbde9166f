// The headers of a record on segue.dlq.v1, and putting it back.
#include "deploy/admin/letters/dead_letter.h"

#include "core/check.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Record letter = fuzz::record_of(fuzz::text_of(data, size));
  (void)admin::read_place(fuzz::text_of(data, size));
  const auto read = admin::read_dead_letter(letter);
  if (!read) return 0;
  SEGUE_CHECK(admin::read_place(text_of(read->original)) == read->original);
  const io::Publication back = put_back(*read, letter);
  SEGUE_CHECK(back.key == letter.key && back.value == letter.value);
  for (const bool whole : {false, true}) {
    const std::string line = json_of(*read, letter, whole);
    SEGUE_CHECK(line.find('\n') == line.size() - 1);
  }
  const std::string shown = line_of(*read, letter) + whole_text_of(*read, letter);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto code = static_cast<unsigned char>(shown[i]);
    SEGUE_CHECK(code == '\n' || (code >= 0x20 && code != 0x7F));
    const auto next = static_cast<unsigned char>(i + 1 < shown.size() ? shown[i + 1] : ' ');
    SEGUE_CHECK(code != 0xC2 || next >= 0xA0);  // no control of eight bits
  }
  return 0;
}
