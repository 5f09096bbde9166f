#pragma once

#include <optional>
#include <string_view>

#include "producers/gateway/http/http.h"

namespace segue::gateway {

// Where the head of a request ends in what was read: behind its empty line. None: not yet.
// `looked_at` bytes were looked at before.
std::optional<std::size_t> head_end(std::string_view read, std::size_t looked_at);

// Whether a line ends without a carriage return, which a head's must have: its end would never
// come.
bool has_bare_line_end(std::string_view read);

// Whether a header of the head goes on in a further line. Beast joins such lines without a word,
// and whoever stands before the gateway may read them otherwise (RFC 9112, 5.2).
bool has_folded_line(std::string_view head);

// Refuses a request of which nothing behind the head can be trusted: one that can be read in two
// ways (no Host, one that is none, a header twice that may stand once: RFC 9110, 5.3; RFC 9112,
// 3.2; a `folded` line), or that is sent or expects what we do not do.
std::optional<Refusal> unreadable(const HttpRequest& request, bool folded);

// Joins the lines of those headers that are lists, so that each can be read as one (RFC 9110, 5.3).
void join_lists(HttpRequest& request);

}  // namespace segue::gateway
