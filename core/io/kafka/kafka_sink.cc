#include "core/io/kafka/kafka_sink.h"

#include <algorithm>
#include <stdexcept>

#include "core/io/kafka/kafka_client.h"
#include "core/io/kafka/kafka_producer.h"

namespace segue::io {
namespace {

using Clock = std::chrono::steady_clock;

// A record that failed at once (its partition has no leader yet) is sent again after this pause.
constexpr std::chrono::milliseconds kRetryPause{50};
// Reports that never came are waited for so much longer than librdkafka's own time-out.
constexpr std::chrono::milliseconds kGrace{1'000};
// A wait for reports looks so often whether to stop.
constexpr std::int64_t kLookUpMs = 100;

}  // namespace

// One publish call is a round; a late report of an earlier round finds its number outdated.
struct KafkaSink::Producer : KafkaTrouble {
  enum class Fate : std::uint8_t { pending, to_resend, alone, done, refused };

  Producer(const KafkaConfig& config, const std::atomic<bool>* asked)
      : prefix(config.prefix),
        timeout(config.publish_timeout_ms),
        stop(asked),
        client(make(config)) {
    kafka_metadata(client.get(), config);
  }

  KafkaHandle make(const KafkaConfig& config) {
    KafkaConf conf = producer_conf(config, *this, {});
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &Producer::on_report);
    return kafka_client(RD_KAFKA_PRODUCER, std::move(conf));
  }

  // Round and index travel through librdkafka in the pointer that it hands back with the report.
  void* tag(std::size_t index) const {
    return reinterpret_cast<void*>((static_cast<std::uintptr_t>(round) << 32U) | index);
  }

  static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* self = static_cast<Producer*>(static_cast<KafkaTrouble*>(opaque));
    const auto tagged = reinterpret_cast<std::uintptr_t>(message->_private);
    if ((tagged >> 32U) != self->round) return;
    --self->out;
    Fate& fate = self->fates[tagged & 0xffffffffU];
    if (in_log(message->err, message->offset)) {
      fate = Fate::done;
    } else {
      // Perhaps for the sake of another that went in the same batch.
      fate = is_hopeless(message->err) ? Fate::alone : Fate::to_resend;
      self->note(tagged & 0xffffffffU, message->err);
    }
  }

  void send(std::span<const Publication> publications, std::size_t i) {
    const rd_kafka_resp_err_t error = produce(client.get(), prefix, publications[i], tag(i));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      fates[i] = Fate::pending;
      ++out;
      return;
    }
    fates[i] = is_hopeless(error) ? Fate::refused : Fate::to_resend;
    note(i, error);
  }

  void begin(std::size_t publications) {
    ++round;
    out = 0;
    fates.assign(publications, Fate::to_resend);
    errors.assign(publications, RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  void note(std::size_t i, rd_kafka_resp_err_t error) {
    errors[i] = error;
    last_error = error;
  }

  // Those that were refused together with others, one at a time.
  void send_alone(std::span<const Publication> publications, Clock::time_point until) {
    for (std::size_t i = 0; i < fates.size(); ++i) {
      if (fates[i] != Fate::alone) continue;
      send(publications, i);
      if (!wait(until)) return;
      if (fates[i] == Fate::alone) fates[i] = Fate::refused;
    }
  }

  Sent sent(std::size_t i) const {
    if (fates[i] == Fate::done) return {.fate = Sent::Fate::in_log};
    const auto error = fates[i] == Fate::pending ? RD_KAFKA_RESP_ERR__TIMED_OUT : errors[i];
    return {.fate = fates[i] == Fate::refused ? Sent::Fate::refused : Sent::Fate::unknown,
            .why = rd_kafka_err2str(error)};
  }

  // Serves reports until none is out; false if time is over, or soon after the program shall stop.
  bool wait(Clock::time_point until) {
    while (out > 0) {
      // After a stop, records on their way get a moment: most of them are confirmed within.
      if (stop != nullptr && *stop) gives_up = std::min(gives_up, Clock::now() + kGrace);
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::min(until, gives_up) - Clock::now())
                            .count();
      if (left <= 0) return false;
      rd_kafka_poll(client.get(), static_cast<int>(std::min(left, kLookUpMs)));
      throw_if_fatal();
    }
    return true;
  }

  // As `wait`; then nothing is to be sent alone any more.
  bool settled(std::span<const Publication> publications, Clock::time_point until) {
    if (!wait(until)) return false;
    send_alone(publications, until);
    return out == 0;
  }

  bool anything_to_resend() const {
    return std::ranges::find(fates, Fate::to_resend) != fates.end();
  }

  void send_all(std::span<const Publication> publications) {
    for (std::size_t i = 0; i < fates.size(); ++i) {
      if (fates[i] == Fate::to_resend) send(publications, i);
    }
  }

  const std::string prefix;
  const std::chrono::milliseconds timeout;
  const std::atomic<bool>* const stop;
  Clock::time_point gives_up = Clock::time_point::max();  // whatever is left to wait for
  std::uint32_t round = 0;
  std::size_t out = 0;
  std::vector<Fate> fates;
  std::vector<rd_kafka_resp_err_t> errors;  // the latest of each
  rd_kafka_resp_err_t last_error = RD_KAFKA_RESP_ERR_NO_ERROR;
  KafkaHandle client;  // last: its callbacks use the rest
};

KafkaSink::KafkaSink(const KafkaConfig& config, const std::atomic<bool>* stop)
    : producer_(std::make_unique<Producer>(config, stop)) {}
KafkaSink::~KafkaSink() = default;

std::vector<Sent> KafkaSink::publish(std::span<const Publication> publications) {
  Producer& p = *producer_;
  const auto until = Clock::now() + p.timeout;
  p.begin(publications.size());
  p.send_all(publications);
  while (p.settled(publications, until + kGrace) && p.anything_to_resend() &&
         Clock::now() < until) {
    throw_if_missing(p.last_error);
    p.report(p.last_error, "a record was not taken and is sent again");
    rd_kafka_poll(p.client.get(), static_cast<int>(kRetryPause.count()));
    p.send_all(publications);
  }
  // A record that is given up must not arrive long after; one on its way may.
  if (p.out > 0) rd_kafka_purge(p.client.get(), RD_KAFKA_PURGE_F_QUEUE);

  std::vector<Sent> sent;
  sent.reserve(publications.size());
  for (std::size_t i = 0; i < publications.size(); ++i) sent.push_back(p.sent(i));
  return sent;
}

}  // namespace segue::io
