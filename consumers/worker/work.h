#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "consumers/worker/holding.h"
#include "consumers/worker/outbox.h"
#include "consumers/worker/state_cache.h"
#include "core/event/event.h"
#include "core/io/ports.h"
#include "core/result.h"

namespace segue {

// The difference between programs that work on a topic. Input is a decoded record, State what is
// kept under a key, Shared what a partition keeps once; `encode` writes both states. A work may
// also have:
//   bool pending(const Shared&)   `close` has something to do although no record came
//   void due(const Shared&, std::vector<std::string>&)   states that `close` needs
//   bool fades(const State&)   the store may drop it after sixty days
//   bool gone(const State&)   it is as good as fresh: the store keeps nothing
//   void tell(io::BatchReport&)   fills in gauges of the process after a turn
template <class W>
concept Work = requires(W& work, const Record& record, const typename W::Input& input,
                        const typename W::State& state, typename W::Shared& shared,
                        States<typename W::State>& states, std::vector<std::string>& keys,
                        std::string_view blob, Outbox& outbox, io::BatchReport& report) {
  { work.decode(record) } -> std::same_as<Result<typename W::Input>>;
  work.keys(input, keys);  // of the states that the input needs
  { work.fresh_state() } -> std::same_as<typename W::State>;
  { work.decode_state(blob) } -> std::same_as<Result<typename W::State>>;
  { work.decode_shared(blob) } -> std::same_as<Result<typename W::Shared>>;
  work.step(input, record, states, shared, outbox);
  work.refused(report);  // an input became a dead letter
  work.close(states, shared, outbox, std::int64_t{}, std::int64_t{});
  { encode(state) } -> std::convertible_to<std::string>;
  { encode(std::as_const(shared)) } -> std::convertible_to<std::string>;
};

// The typed rim of the worker: decodes and encodes for a work that it owns.
template <Work W>
class Typed final : public AnyWork {
 public:
  template <class... Arguments>
  explicit Typed(Arguments&&... arguments) : work_(std::forward<Arguments>(arguments)...) {}

  Result<std::unique_ptr<Holding>> hold(const std::optional<std::string>& shared) override {
    auto held = std::make_unique<Held>(work_);
    if (shared) {
      auto decoded = work_.decode_shared(*shared);
      if (!decoded) return decoded.error();
      held->shared = std::move(*decoded);
    }
    return std::unique_ptr<Holding>(std::move(held));
  }
  void refused(io::BatchReport& report) override { work_.refused(report); }
  void tell(io::BatchReport& report) override {
    if constexpr (requires { work_.tell(report); }) work_.tell(report);
  }

 private:
  using State = typename W::State;

  struct Held final : Holding {
    explicit Held(W& all) : work(all) {}

    void decode(std::vector<Arrival>& arrivals) override {
      inputs.clear();
      states.emplace(cache);
      for (Arrival& arrival : arrivals) {
        auto& input = inputs.emplace_back();
        if (arrival.refused) continue;
        auto decoded = work.decode(arrival.record);
        if (decoded) {
          input = std::move(*decoded);
        } else {
          arrival.refused = decoded.error();
        }
      }
    }

    void needs(std::vector<std::string>& keys) override {
      for (const auto& input : inputs) {
        if (input) work.keys(*input, keys);
      }
      if constexpr (requires { work.due(std::as_const(shared), keys); }) work.due(shared, keys);
    }

    bool has(const std::string& key) override { return cache.find(key) != nullptr; }

    std::optional<Error> put(std::string key, const std::optional<std::string>& value) override {
      if (!value) {
        cache.put(std::move(key), work.fresh_state());
        return std::nullopt;
      }
      auto state = work.decode_state(*value);
      if (!state) return state.error();
      cache.put(std::move(key), std::move(*state));
      return std::nullopt;
    }

    void step(std::size_t i, const Record& record, Outbox& outbox) override {
      work.step(*inputs[i], record, *states, shared, outbox);
    }

    bool pending() override {
      if constexpr (requires { work.pending(std::as_const(shared)); }) return work.pending(shared);
      return false;
    }

    void close(std::int64_t first, std::int64_t next, Outbox& outbox) override {
      work.close(*states, shared, outbox, first, next);
    }

    std::string shared_value() override { return encode(std::as_const(shared)); }

    void changes(std::vector<io::Write>& writes) override {
      for (const auto& [key, state] : states->changed()) {
        std::optional<std::string> value;
        if (!is_gone(*state)) value = encode(std::as_const(*state));
        writes.push_back({key, std::move(value), does_fade(*state)});
      }
    }

    void shrink(std::size_t states_max) override { cache.shrink(states_max); }

    bool is_gone(const State& state) const {
      if constexpr (requires { work.gone(state); }) return work.gone(state);
      return false;
    }

    bool does_fade(const State& state) const {
      if constexpr (requires { work.fades(state); }) return work.fades(state);
      return false;
    }

    W& work;
    StateCache<State> cache;
    typename W::Shared shared{};
    std::vector<std::optional<typename W::Input>> inputs;  // of the batch; none: refused
    std::optional<States<State>> states;                   // of the batch
  };

  W work_;
};

}  // namespace segue
