#include "core/io/listen_address.h"

#include <charconv>
#include <stdexcept>

#include "core/io/settings/settings.h"

namespace segue::io {

using boost::asio::ip::tcp;

namespace {

tcp::endpoint endpoint_of(const std::string& listen, const std::string& setting) {
  const auto colon = listen.rfind(':');
  const auto refuse = [&](const std::string& why) -> SettingsError {
    return SettingsError(setting +
                         " must be HOST:PORT with a numeric address, as "
                         "127.0.0.1:9464 or [::]:9464; \"" +
                         listen + "\" " + why);
  };
  if (colon == std::string::npos) throw refuse("has no port");
  std::string host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  const char* first = listen.data() + colon + 1;
  const char* last = listen.data() + listen.size();
  const auto [end, problem] = std::from_chars(first, last, port);
  if (first == last || problem != std::errc{} || end != last) throw refuse("has no such port");
  boost::system::error_code wrong;
  const auto address = boost::asio::ip::make_address(host, wrong);
  if (wrong) throw refuse("has no such address");
  return {address, port};
}

}  // namespace

std::uint16_t listen_on(tcp::acceptor& acceptor, const std::string& listen,
                        const std::string& setting) {
  const tcp::endpoint endpoint = endpoint_of(listen, setting);
  boost::system::error_code problem;
  const auto must = [&] {
    if (!problem) return;
    throw std::runtime_error(setting + ": cannot listen on " + listen + " (" + problem.message() +
                             "); choose another port, or 0 for a free one");
  };
  acceptor.open(endpoint.protocol(), problem);
  must();
  acceptor.set_option(boost::asio::socket_base::reuse_address(true), problem);
  must();
  acceptor.bind(endpoint, problem);
  must();
  acceptor.listen(boost::asio::socket_base::max_listen_connections, problem);
  must();
  return acceptor.local_endpoint().port();
}

}  // namespace segue::io
