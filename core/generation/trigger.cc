#include "core/generation/trigger.h"

#include <array>
#include <optional>

#include "core/ids.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_text.h"

namespace segue {
namespace {

constexpr double kCountMax = 1e9;

using json::FieldReader;
using json::Need;

void append_flag(std::string& out, bool value) { out += value ? "true" : "false"; }

void append(std::string& out, const Signals& signals) {
  json::ObjectWriter json(out);
  json.text("setting", name_of(signals.setting.mode));
  if (signals.setting.refused != 0) {
    std::string& refused = json.member("refused");
    refused += '[';
    for (std::size_t i = 0; i < kAiParts; ++i) {
      if ((signals.setting.refused & bit_of(static_cast<AiPart>(i))) == 0) continue;
      if (refused.back() != '[') refused += ',';
      json::append_string(refused, kAiPartNames[i]);
    }
    refused += ']';
  }
  append_flag(json.member("requested"), signals.requested);
  append_flag(json.member("wish"), signals.wish);
  json.number("fit", signals.fit);
  json.number("unheard_fit", signals.unheard_fit);
  json.number("match", signals.match);
  json.number("heard_share", signals.heard_share);
  json.number("early_skips", std::int64_t{signals.early_skips});
  json.number("distance", signals.distance);
  append_flag(json.member("known"), signals.known);
  json.number("budget", signals.budget);
  json.number("global_budget", signals.global_budget);
  if (signals.lag_s) json.number("lag_s", *signals.lag_s);
  append_flag(json.member("composing"), signals.composing);
  json.close();
}

void append(std::string& out, const Bars& bars) {
  json::ObjectWriter json(out);
  json.number("high", bars.high);
  json.number("low", bars.low);
  json.number("leave", bars.leave);
  json.close();
}

float share(FieldReader& fields, std::string_view name, double absent) {
  return static_cast<float>(fields.number(name, 0, 1, absent));
}

AiParts read_refused(FieldReader& fields) {
  AiParts refused = 0;
  const auto list = fields.list("refused", kAiParts, Need::optional);
  if (!list) return refused;
  for (const simdjson::dom::element each : *list) {
    std::string_view word;
    const bool is_text = each.get(word) == simdjson::SUCCESS;
    const auto part = is_text ? ai_part_of(word) : std::nullopt;
    if (!part) fields.fail("refused", "holds what is no part");
    if (part) refused |= bit_of(*part);
  }
  return refused;
}

Signals read_signals(FieldReader fields, FieldReader& outer) {
  Signals read;
  read.setting.mode = fields.word("setting", ai_mode_of, AiMode::ask, Need::required);
  read.setting.refused = read_refused(fields);
  read.requested = fields.flag("requested", false);
  read.wish = fields.flag("wish", false);
  read.fit = share(fields, "fit", 1);
  read.unheard_fit = share(fields, "unheard_fit", 1);
  read.match = share(fields, "match", 1);
  read.heard_share = share(fields, "heard_share", 0);
  read.early_skips =
      static_cast<std::uint32_t>(fields.whole("early_skips", 0, std::int64_t{1} << 31, 0));
  read.distance = share(fields, "distance", 1);
  read.known = fields.flag("known", true);
  read.budget = static_cast<float>(fields.number("budget", 0, kCountMax, 0));
  read.global_budget = static_cast<float>(fields.number("global_budget", 0, kCountMax, 0));
  const double lag_s = fields.number("lag_s", 0, kCountMax, -1);
  if (lag_s >= 0) read.lag_s = static_cast<float>(lag_s);
  read.composing = fields.flag("composing", false);
  outer.adopt(fields);
  return read;
}

template <class Word, std::size_t N>
std::optional<Word> named(std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (name_of(static_cast<Word>(i)) == name) return static_cast<Word>(i);
  }
  return std::nullopt;
}

}  // namespace

void append(std::string& out, const Trigger& trigger) {
  const Decision& decision = trigger.decision;
  json::ObjectWriter json(out);
  json.text("rule", name_of(decision.rule));
  json.text("choice", name_of(decision.choice));
  json.text("unforced", name_of(decision.unforced));
  json.number("propensity", static_cast<float>(decision.propensity));
  append(json.member("signals"), decision.signals);
  append(json.member("bars"), decision.bars);
  if (!trigger.cause_id.empty() || !trigger.cause_type.empty()) {
    json::ObjectWriter cause(json.member("cause"));
    cause.text("id", trigger.cause_id);
    cause.text("type", trigger.cause_type);
    cause.close();
  }
  json.close();
}

Trigger read_trigger(FieldReader fields, FieldReader& outer) {
  Trigger trigger;
  Decision& decision = trigger.decision;
  decision.choice = fields.word("choice", named<Course, 4>, Course::search, Need::required);
  decision.unforced = fields.word("unforced", named<Course, 4>, decision.choice);
  decision.rule = fields.word("rule", named<Rule, kRules>, Rule::request, Need::required);
  decision.propensity = fields.number("propensity", 0, 1, 1);
  if (const auto signals = fields.object("signals", Need::required)) {
    decision.signals = read_signals(fields.within("signals", *signals), fields);
  }
  if (const auto bars = fields.object("bars", Need::optional)) {
    FieldReader each = fields.within("bars", *bars);
    decision.bars = {share(each, "high", 1), share(each, "low", 0), share(each, "leave", 0)};
    fields.adopt(each);
  }
  if (const auto cause = fields.object("cause", Need::optional)) {
    FieldReader event = fields.within("cause", *cause);
    trigger.cause_id = event.text("id", kIdBytesMax);
    trigger.cause_type = event.text("type", kIdBytesMax);
    fields.adopt(event);
  }
  outer.adopt(fields);
  return trigger;
}

}  // namespace segue
