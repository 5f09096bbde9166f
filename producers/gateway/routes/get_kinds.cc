#include "core/generation/wish/vocabulary.h"
#include "core/wire/json_text.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

// More than a person chooses from.
constexpr std::size_t kKindsMax = 50;

void append_names(std::string& text, const player::Kinds& kinds) {
  char before = '[';
  for (const std::string& name : kinds.most(kKindsMax)) {
    text += before;
    json::append_string(text, name);
    before = ',';
  }
  text += before == '[' ? "[]" : "]";
}

template <class Word>
void append_words(std::string& text, std::size_t words) {
  char before = '[';
  for (std::size_t i = 0; i < words; ++i) {
    text += before;
    json::append_string(text, name_of(static_cast<Word>(i)));
    before = ',';
  }
  text += ']';
}

}  // namespace

Answer get_kinds(Call& call) {
  std::string body;
  json::ObjectWriter out(body);
  append_names(out.member("genres"), call.services.catalogue.genres());
  append_names(out.member("moods"), call.services.catalogue.moods());
  json::ObjectWriter composed(out.member("composed"));
  append_words<Genre>(composed.member("genres"), kGenres);
  append_words<Mood>(composed.member("moods"), kMoods);
  composed.close();
  out.close();
  co_return json_response(http::status::ok, std::move(body));
}

}  // namespace segue::gateway
