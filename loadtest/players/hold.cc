#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <iostream>
#include <string>
#include <thread>

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

}  // namespace

int hold(const Config& config) {
  asio::io_context context{1};
  std::vector<std::shared_ptr<Client>> clients;
  asio::co_spawn(context, enter_all(context, config.load, clients),
                 [](const std::exception_ptr& failure) {
                   if (failure) std::rethrow_exception(failure);
                 });
  std::thread until_closed([&] {
    for (std::string line; std::getline(std::cin, line);) continue;
    context.stop();
  });
  context.run();
  until_closed.join();
  return 0;
}

}  // namespace segue
