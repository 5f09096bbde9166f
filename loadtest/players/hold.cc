#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "loadtest/players/client.h"
#include "loadtest/players/commands.h"

namespace segue {
namespace {

asio::awaitable<void> enter_all(asio::io_context& context, const LoadConfig& load,
                                std::vector<std::shared_ptr<Client>>& clients) {
  const auto gateway = endpoint_of(load.gateway);
  for (const std::string& token :
       read_tokens(load.tokens, static_cast<std::size_t>(load.connections))) {
    const auto& client = clients.emplace_back(std::make_shared<Client>(context));
    co_await client->enter(gateway, token);
    asio::co_spawn(context, client->listen([](std::string_view) {}), asio::detached);
  }
  std::cout << R"({"open":)" << clients.size() << "}" << std::endl;
}

// Reads, and drops, standard input to its end; then nothing is held any longer.
asio::awaitable<void> wait_for_end_of_input(asio::io_context& context) {
  asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
  std::array<char, 4096> dropped{};
  for (boost::system::error_code ended; !ended;) {
    co_await input.async_read_some(asio::buffer(dropped),
                                   asio::redirect_error(asio::use_awaitable, ended));
  }
  context.stop();
}

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

int hold(const Config& config) {
  asio::io_context context{1};
  std::vector<std::shared_ptr<Client>> clients;
  asio::co_spawn(context, enter_all(context, config.load, clients), rethrow);
  asio::co_spawn(context, wait_for_end_of_input(context), rethrow);
  context.run();
  return 0;
}

}  // namespace segue
