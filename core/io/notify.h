#pragma once

#include <string>
#include <string_view>

namespace segue::io {

// Sends a state ("READY=1") to the socket that systemd names in NOTIFY_SOCKET for Type=notify: a
// path, or a name after "@". False if nothing was sent; an empty socket is no error, and any other
// failure is systemd's to notice by its time-out.
bool notify_supervisor(const std::string& socket, std::string_view state);

}  // namespace segue::io
