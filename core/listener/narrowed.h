#pragma once

#include <vector>

#include "core/event/request.h"
#include "core/ids.h"
#include "core/listener/listener.h"
#include "core/wire/blob.h"

// How a request narrows what is listed: by seeds and by its filter.
namespace segue {

// The tracks that the listener heard within so many days, sorted, as far as they are remembered:
// those of the session, and those that the listener comes back to (at most
// Listener::kRepeatsMax, of no private session). A like of a track that was never played counts.
std::vector<TrackId> heard_within(const Listener& listener, std::int32_t days);

// The part's format stands in schemas/blobs.md. A value out of its bounds fails the reader.
bool is_narrowed(const Request& request);
void write_narrowed(BlobWriter& out, const Request& request);
void read_narrowed(BlobReader& in, Request& request);

}  // namespace segue
