#include "core/io/child_process.h"

#define BOOST_PROCESS_V2_USE_STD_FS
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>
#include <string_view>

#include "core/check.h"

namespace segue::io {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;

constexpr std::size_t kSaidMax = 4'096;

// Ours without our settings: among them are passwords.
class WithoutSettings {
 public:
  WithoutSettings() {
    for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
      if (!std::string_view(*each).starts_with("SEGUE_")) kept_.push_back(*each);
    }
    kept_.push_back(nullptr);
  }
  // As the launcher calls what it is given, before it starts the program.
  template <class Launcher, class Path>
  boost::system::error_code on_setup(Launcher& launcher, const Path& /*program*/,
                                     const char* const* /*words*/) const {
    launcher.env = kept_.data();
    return {};
  }

 private:
  std::vector<const char*> kept_;
};

process::process started(asio::io_context& context, const std::vector<std::string>& words,
                         asio::readable_pipe& errors) {
  try {
    return process::process(context, words[0],
                            std::vector<std::string>(words.begin() + 1, words.end()),
                            process::process_stdio{nullptr, nullptr, errors}, WithoutSettings());
  } catch (const boost::system::system_error& problem) {
    throw std::runtime_error("\"" + words[0] + "\" cannot be started: " + problem.code().message());
  }
}

}  // namespace

Ran run_to_end(const std::vector<std::string>& words, std::chrono::seconds within) {
  SEGUE_CHECK(!words.empty());
  asio::io_context context;
  asio::readable_pipe errors(context);
  process::process child = started(context, words, errors);
  Ran ran;
  std::array<char, kSaidMax> read{};
  // Until the pipe ends, which it does with the program and all that it has started.
  const std::function<void()> listen = [&] {
    errors.async_read_some(
        asio::buffer(read), [&](boost::system::error_code ended, std::size_t bytes) {
          ran.said.append(read.data(), std::min(bytes, kSaidMax - ran.said.size()));
          if (!ended) listen();
        });
  };
  listen();
  context.run_for(within);
  boost::system::error_code gone;
  if (!context.stopped()) {
    child.terminate(gone);
    throw std::runtime_error("\"" + words[0] + "\" was not done within " +
                             std::to_string(within.count()) + " s");
  }
  child.wait(gone);
  ran.code = child.exit_code();
  return ran;
}

}  // namespace segue::io
