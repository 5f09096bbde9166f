#include "core/io/kafka/kafka_batches.h"

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/endian/conversion.hpp>
#include <chrono>
#include <stdexcept>

#include "core/io/kafka/kafka_client.h"

namespace segue::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::seconds kAnswerWithin{3};
constexpr int kMetadataWaitMs = 2'000;
constexpr std::int16_t kFetch = 1;
constexpr std::int16_t kFetchVersion = 10;  // the first that is given zstd; Kafka 4 knows it too
constexpr std::int64_t kFrameBytes = 12;    // first offset and length
constexpr std::int64_t kLengthMin = 14;     // below it the broker itself gives up
constexpr std::int64_t kMagicAt = 16;
constexpr std::int8_t kMagic = 2;
constexpr std::int32_t kBytesAtOnce = 1 << 20;
constexpr std::int32_t kBytesMax = 1 << 28;
constexpr std::int16_t kCorrupt = 2;  // the broker cannot read its own file there

// The pieces of a request, in network order.
class Request {
 public:
  template <class Number>
  Request& add(Number number) {
    const Number turned = boost::endian::native_to_big(number);
    bytes_.append(reinterpret_cast<const char*>(&turned), sizeof turned);
    return *this;
  }
  Request& add(const std::string& text) {
    add(static_cast<std::int16_t>(text.size()));
    bytes_ += text;
    return *this;
  }
  // With its size before it.
  std::string framed() const {
    Request whole;
    whole.add(static_cast<std::int32_t>(bytes_.size()));
    return whole.bytes_ + bytes_;
  }

 private:
  std::string bytes_;
};

// A connection for one question. Every step ends in time, or throws std::runtime_error.
class Line {
 public:
  Line(const std::string& host, int port) : until_(Clock::now() + kAnswerWithin) {
    tcp::resolver resolver(context_);
    boost::system::error_code problem;
    const auto found = resolver.resolve(host, std::to_string(port), problem);
    if (problem) throw std::runtime_error(problem.message());
    finish([&](auto done) {
      asio::async_connect(socket_, found, [done](const auto& error, const auto&) { done(error); });
    });
  }

  void write(const std::string& bytes) {
    finish([&](auto done) {
      asio::async_write(socket_, asio::buffer(bytes),
                        [done](const auto& error, std::size_t) { done(error); });
    });
  }

  template <class Number>
  Number number() {
    Number read{};
    take(&read, sizeof read);
    return boost::endian::big_to_native(read);
  }

  void skip(std::int64_t bytes) {
    std::array<char, 16'384> away;
    while (bytes > 0) {
      const auto part = std::min<std::int64_t>(bytes, static_cast<std::int64_t>(away.size()));
      take(away.data(), static_cast<std::size_t>(part));
      bytes -= part;
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  void take(void* into, std::size_t bytes) {
    finish([&](auto done) {
      asio::async_read(socket_, asio::buffer(into, bytes),
                       [done](const auto& error, std::size_t) { done(error); });
    });
  }

  template <class Begin>
  void finish(Begin begin) {
    boost::system::error_code outcome = asio::error::timed_out;
    begin([&outcome](const boost::system::error_code& error) { outcome = error; });
    context_.restart();
    context_.run_until(until_);
    if (outcome) {
      // Nothing may come later that writes where we were.
      socket_.close();
      context_.restart();
      context_.run();
      throw std::runtime_error("the broker does not answer: " + outcome.message());
    }
  }

  Clock::time_point until_;
  asio::io_context context_;
  tcp::socket socket_{context_};
};

std::string request_of(const std::string& topic, std::int32_t partition, std::int64_t offset,
                       std::int32_t bytes_max) {
  Request request;
  request.add(kFetch).add(kFetchVersion).add(std::int32_t{1}).add(std::string("segue"));
  request.add(std::int32_t{-1}).add(std::int32_t{0}).add(std::int32_t{0});  // consumer, no waiting
  request.add(bytes_max).add(std::int8_t{0});                               // read uncommitted
  request.add(std::int32_t{0}).add(std::int32_t{-1});                       // no fetch session
  request.add(std::int32_t{1}).add(topic).add(std::int32_t{1});
  request.add(partition).add(std::int32_t{-1}).add(offset).add(std::int64_t{-1}).add(bytes_max);
  return request.add(std::int32_t{0}).framed();
}

// The contents of one answer.
struct Answer {
  bool passing = false;      // an error that may be gone soon
  std::int64_t high = -1;    // the log's end
  std::int64_t first = -1;   // of the first batch; -1: there was none
  std::int64_t behind = -1;  // the first offset of the first batch behind the one asked for
  std::int64_t walked = 0;   // bytes of batches, the last of which may be cut
};

// Goes from frame to frame. One that is broken leads to bytes that are none.
void walk(Line& line, std::int64_t bytes, std::int64_t offset, Answer& answer) {
  while (bytes >= kFrameBytes) {
    const auto first = line.number<std::int64_t>();
    const std::int64_t length = line.number<std::int32_t>();
    bytes -= kFrameBytes;
    if (answer.first < 0) answer.first = first;
    if (length < kLengthMin) return;
    if (first > offset && answer.walked > 0) {
      if (bytes < kMagicAt - kFrameBytes + 1) return;
      line.skip(kMagicAt - kFrameBytes);
      if (first <= answer.high && line.number<std::int8_t>() == kMagic) answer.behind = first;
      return;
    }
    answer.walked += kFrameBytes + length;
    if (length > bytes) return;
    line.skip(length);
    bytes -= length;
  }
}

Answer ask(const std::string& host, int port, const std::string& topic, std::int32_t partition,
           std::int64_t offset, std::int32_t bytes_max) {
  Line line(host, port);
  line.write(request_of(topic, partition, offset, bytes_max));
  line.skip(4 + 4 + 4);  // size, correlation, throttling
  if (line.number<std::int16_t>() != 0) return {.passing = true};
  line.skip(4);  // session
  if (line.number<std::int32_t>() != 1) return {.passing = true};
  line.skip(line.number<std::int16_t>());  // topic
  line.skip(4 + 4);                        // one partition, its number
  const auto error = line.number<std::int16_t>();
  Answer answer{.passing = error != 0 && error != kCorrupt, .high = line.number<std::int64_t>()};
  line.skip(8 + 8);  // last stable offset, log start
  const auto aborted = line.number<std::int32_t>();
  line.skip(std::int64_t{16} * std::max(aborted, 0));
  const std::int64_t bytes = std::max(line.number<std::int32_t>(), 0);
  if (error == 0) walk(line, bytes, offset, answer);
  return answer;
}

struct Leader {
  std::string host;
  int port = 0;
};

std::optional<Leader> leader_of(rd_kafka_t* client, const std::string& topic,
                                std::int32_t partition) {
  const rd_kafka_metadata_t* raw = nullptr;
  if (rd_kafka_metadata(client, 1, nullptr, &raw, kMetadataWaitMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  const KafkaMetadata metadata(raw);
  for (int t = 0; t < metadata->topic_cnt; ++t) {
    const rd_kafka_metadata_topic_t& found = metadata->topics[t];
    if (topic != found.topic || partition >= found.partition_cnt) continue;
    for (int b = 0; b < metadata->broker_cnt; ++b) {
      if (metadata->brokers[b].id != found.partitions[partition].leader) continue;
      return Leader{metadata->brokers[b].host, metadata->brokers[b].port};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> KafkaBatches::behind(const std::string& topic, std::int32_t partition,
                                                 std::int64_t offset) const {
  const std::optional<Leader> leader = leader_of(client_, topic, partition);
  if (!leader) return std::nullopt;
  const auto at = [&](std::int64_t from, std::int64_t bytes) {
    const std::int64_t bytes_max = std::min<std::int64_t>(bytes, kBytesMax);
    return ask(leader->host, leader->port, topic, partition, from,
               static_cast<std::int32_t>(bytes_max));
  };
  try {
    Answer answer = at(offset, kBytesAtOnce);
    // A batch that came alone, or was cut: once more, with the beginning of the next.
    while (answer.behind < 0 && answer.walked > 0 && answer.walked < kBytesMax) {
      const std::int64_t walked = answer.walked;
      answer = at(offset, walked + kFrameBytes + kBytesAtOnce / 16);
      if (answer.walked <= walked) break;
    }
    if (answer.passing || answer.high <= offset) return std::nullopt;
    if (answer.behind >= 0) return answer.behind;
    // It is the last one, or its frame is broken. Then the broker's index leads past it somewhere:
    // from there on the broker finds batches behind it at every offset.
    std::int64_t nothing = offset;
    std::int64_t something = answer.high;
    while (something - nothing > 1) {
      const std::int64_t middle = nothing + (something - nothing) / 2;
      answer = at(middle, kFrameBytes);
      if (answer.passing) return std::nullopt;
      (answer.first > offset ? something : nothing) = middle;
    }
    return something;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace segue::io
