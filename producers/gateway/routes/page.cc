#include <algorithm>
#include <array>
#include <utility>

#include "producers/gateway/routes/answers.h"
#include "producers/gateway/routes/files.h"

namespace segue::gateway {
namespace {

// Scripts and styles of the gateway alone; sound may come from wherever list_text lets a catalogue
// send players.
std::string policy(bool dev) {
  return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
         "connect-src 'self'; media-src 'self' https:" +
         std::string(dev ? " http://localhost:* http://127.0.0.1:*" : "") +
         "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

std::string_view type_of(std::string_view path) {
  using Named = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Named, 5> kTypes = {{{".html", "text/html; charset=utf-8"},
                                                   {".js", "text/javascript; charset=utf-8"},
                                                   {".css", "text/css; charset=utf-8"},
                                                   {".svg", "image/svg+xml"},
                                                   {".yaml", "application/yaml"}}};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "text/plain; charset=utf-8";
}

}  // namespace

Answer page(Call& call) {
  const std::string_view path = call.path == "/" ? "/page/index.html" : call.path;
  const auto found = std::ranges::find(files(), path, &File::path);
  if (found == files().end()) {
    co_return Refusal{http::status::not_found, "no_such_path", "there is no such file"};
  }
  HttpResponse response{http::status::ok, 11};
  response.set(http::field::content_type, type_of(path));
  response.set(http::field::cache_control, "no-cache");
  response.set("Content-Security-Policy", policy(call.services.settings.dev));
  response.set("Cross-Origin-Opener-Policy", "same-origin");
  response.body() = std::string(found->bytes);
  co_return response;
}

}  // namespace segue::gateway
