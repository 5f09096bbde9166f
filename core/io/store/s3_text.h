#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace segue::io {

// The XML that S3 answers with, as far as a store reads it. Pure.

struct S3Object {
  std::string name;
  Micros modified = 0;
  std::uint64_t bytes = 0;
};
struct S3Page {
  std::vector<S3Object> objects;
  std::string next;  // where the next page begins; empty: this is the last
};
// An answer of ListObjectsV2. Bounded by the text: what it makes is no larger.
Result<S3Page> read_s3_page(std::string_view xml);

struct S3Problem {
  std::string code;    // "NoSuchKey"; empty: the text says none
  std::string region;  // where the bucket is, if the text says so
};
// Never fails: a proxy's page of HTML has no code.
S3Problem read_s3_problem(std::string_view xml);

// As it stands in a query, by RFC 3986: all but letters, digits and "-._~" percent-encoded.
std::string query_encoded(std::string_view text);

}  // namespace segue::io
