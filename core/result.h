#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace segue {

// Why an input was refused. The names travel in dead letters and metrics, so they only ever grow.
enum class Reason : std::uint8_t {
  malformed,        // not the JSON, blob or table that its place promises
  too_large,        // over the limit of bytes
  too_deep,         // JSON nested deeper than any message needs
  unknown_version,  // a major version this build does not read
  missing_type,     // no `ce_type` header
  missing_field,
  bad_field,  // a field of the wrong kind or out of its range
  bad_time,   // a time that cannot be read, or more than ten minutes in the future
  null_key,
  wrong_key,        // the record's key is not the listener it speaks of
  too_old,          // a retry from before what the anti-replay windows remember
  quarantined,      // it stopped the worker again and again
  unreadable,       // Kafka's client cannot read it: it does not decompress, its checksum is wrong
  wrong_partition,  // it does not stand on the partition of its key, where its listener's state is
  skipped,          // an operator moved the checkpoint past it
};
inline constexpr Reason kLastReason = Reason::skipped;

std::string_view name_of(Reason reason);

// The failure, for a person: the detail names the field or setting and what was expected.
struct Error {
  Reason reason = Reason::malformed;
  std::string detail;
};

// A value or the reason there is none. Test it, then use `*r`.
template <class T>
using Result = boost::system::result<T, Error>;

inline Error error(Reason reason, std::string detail) { return Error{reason, std::move(detail)}; }

}  // namespace segue
