#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

namespace segue::io {

// Opens, binds and listens on HOST:PORT, a numeric address or localhost; port 0 takes a free one.
// Returns the port. Throws SettingsError for another text, std::runtime_error where it cannot, both
// with the setting's name.
std::uint16_t listen_on(boost::asio::ip::tcp::acceptor& acceptor, const std::string& listen,
                        const std::string& setting);

}  // namespace segue::io
