#pragma once

#include <boost/beast/core/error.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/io/http/message.h"

namespace segue::io {

// Where the head of a request ends in what was read: behind its empty line. None: not yet.
// `looked_at` bytes were looked at before.
std::optional<std::size_t> head_end(std::string_view read, std::size_t looked_at);

// Whether a line ends without a carriage return, which a head's must have: its end would never
// come.
bool has_bare_line_end(std::string_view read);

// Whether a header of the head goes on in a further line. Beast joins such lines without a word,
// and a proxy before us may read them otherwise (RFC 9112, 5.2).
bool has_folded_line(std::string_view head);

// Refuses a head behind which nothing can be trusted: one that can be read in two ways (no Host,
// one that is none, a header twice that may stand once: RFC 9110, 5.3; RFC 9112, 3.2; a `folded`
// line), or that names a transfer coding or an expectation that we do not know.
std::optional<Refusal> unreadable(const HttpRequest& request, bool folded);

// Joins the lines of those headers that are lists, so that each can be read as one (RFC 9110, 5.3).
void join_lists(HttpRequest& request);

// The refusal of a request whose reading failed so, where heads have at most `header_bytes`. None:
// the peer is gone.
std::optional<Refusal> refusal_of(const boost::beast::error_code& wrong,
                                  std::uint32_t header_bytes);

// Leaves out the body of an answer to HEAD and says how long it is.
void keep_length_only(HttpResponse& response);

// Extensions of a chunk say nothing to us; a quoted one may hold what a proxy takes for a line's
// end.
struct RefuseControls {
  void operator()(std::uint64_t bytes, std::string_view extensions,
                  boost::beast::error_code& wrong) const;
};

}  // namespace segue::io
