// Answers of a server that speaks S3, or something else: one text is read as a list of
// objects and as a complaint.
#include "core/io/store/s3_text.h"

#include "core/check.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto page = io::read_s3_page(text);
  if (page) {
    std::size_t bytes = page->next.size();
    for (const io::S3Object& object : page->objects) {
      SEGUE_CHECK(!object.name.empty());
      bytes += object.name.size();
    }
    SEGUE_CHECK(bytes <= 2 * size);  // Latin-1 becomes UTF-8
    SEGUE_CHECK(io::query_encoded(page->next).size() <= 3 * page->next.size());
  } else {
    SEGUE_CHECK(!page.error().detail.empty());
  }
  const io::S3Problem problem = io::read_s3_problem(text);
  SEGUE_CHECK(problem.code.size() + problem.region.size() <= 2 * size);
  return 0;
}
