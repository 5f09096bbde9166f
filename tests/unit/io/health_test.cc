#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/io/health_server.h"
#include "core/io/settings/settings.h"

namespace segue::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// One client on its own connection.
class Client {
 public:
  explicit Client(std::uint16_t port, const std::string& from = "127.0.0.1") {
    socket_.open(tcp::v4());
    socket_.bind({asio::ip::make_address(from), 0});
    socket_.connect({asio::ip::address_v4::loopback(), port});
  }

  void send(const std::string& text) { asio::write(socket_, asio::buffer(text)); }

  // All that comes until the server closes.
  std::string rest() {
    std::string text;
    boost::system::error_code ended;
    asio::read(socket_, asio::dynamic_buffer(text), ended);
    return text;
  }

 private:
  asio::io_context context_;
  tcp::socket socket_{context_};
};

struct Served {
  Health health;
  HealthServer server{"127.0.0.1:0", health,
                      [](bool open) { return std::string(open ? "# EOF\n" : "some_metric 1\n"); },
                      R"({"name":"segue-test"})"};

  std::string ask(const std::string& request) const {
    Client client(server.port());
    client.send(request + "\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client.rest();
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Health, a_request_with_a_body_in_chunks_reads_its_answer) {
  const Served served;
  Client client(served.server.port());
  client.send("POST /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int chunk = 0; chunk < 200; ++chunk) client.send("5\r\nabcde\r\n");
  client.send("0\r\n\r\n");

  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 405 "));
}

TEST(Health, an_older_http_is_answered_and_closed) {
  const Served served;
  Client client(served.server.port());
  client.send("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

  const std::string answer = client.rest();
  EXPECT_TRUE(has(answer, " 200 ") && has(answer, "Connection: close")) << answer;
}

TEST(Health, is_ready_when_every_part_is) {
  Health health;
  EXPECT_FALSE(health.ready());

  health.set("redis", true, "127.0.0.1:6379");
  health.set("models", false, "1200 of 5000");
  EXPECT_FALSE(health.ready());
  EXPECT_EQ(health.verbose(), "wait models 1200 of 5000\nok redis 127.0.0.1:6379\n");

  health.set("models", true, "");
  EXPECT_TRUE(health.ready());
}

TEST(Health, names_the_codes_of_what_is_not_ready) {
  Health health;
  health.set("kafka", true, "answers", "no_log");
  EXPECT_EQ(health.codes(), "");

  health.set("redis", false, "does not answer", "no_store");
  EXPECT_EQ(health.codes(), "no_store");
  EXPECT_EQ(health.verbose(), "ok kafka answers\nwait redis no_store: does not answer\n");

  health.set("kafka", false, "does not answer", "no_log");
  EXPECT_EQ(health.codes(), "no_log, no_store");
}

TEST(HealthServer, serves_its_pages) {
  const Served served;

  EXPECT_TRUE(has(served.ask("GET /livez HTTP/1.1"), "HTTP/1.1 200"));
  EXPECT_TRUE(has(served.ask("GET /metrics HTTP/1.1"), "some_metric 1\n"));
  EXPECT_TRUE(has(served.ask("GET /metrics HTTP/1.1"), "text/plain; version=0.0.4"));
  EXPECT_TRUE(has(served.ask("GET /version HTTP/1.1"), R"({"name":"segue-test"})"));
}

TEST(HealthServer, serves_open_metrics_to_who_accepts_them) {
  const Served served;

  const std::string answer = served.ask(
      "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text;version=1.0.0,*/*;q=0.1");

  EXPECT_TRUE(has(answer, "Content-Type: application/openmetrics-text; version=1.0.0"));
  EXPECT_TRUE(has(answer, "# EOF\n"));
}

TEST(HealthServer, is_unavailable_until_ready_and_says_why) {
  Served served;
  served.health.set("kafka", false, "no brokers");

  EXPECT_TRUE(has(served.ask("GET /readyz HTTP/1.1"), "HTTP/1.1 503"));
  EXPECT_TRUE(has(served.ask("GET /readyz HTTP/1.1"), "\r\n\r\nnot ready\n"));
  EXPECT_TRUE(has(served.ask("GET /readyz?verbose HTTP/1.1"), "wait kafka no brokers"));
  EXPECT_TRUE(has(served.ask("GET /livez HTTP/1.1"), "HTTP/1.1 200"));

  served.health.set("kafka", false, "no brokers", "no_log");
  EXPECT_TRUE(has(served.ask("GET /readyz HTTP/1.1"), "not ready: no_log\n"));

  served.health.set("kafka", true, "");
  EXPECT_TRUE(has(served.ask("GET /readyz HTTP/1.1"), "HTTP/1.1 200"));
}

TEST(HealthServer, head_brings_the_length_and_no_body) {
  const Served served;

  const std::string reply = served.ask("HEAD /livez HTTP/1.1");

  EXPECT_TRUE(has(reply, "Content-Length: 3")) << reply;
  EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
}

TEST(HealthServer, refuses_what_it_does_not_serve) {
  const Served served;

  EXPECT_TRUE(has(served.ask("GET /secret HTTP/1.1"), "HTTP/1.1 404"));
  const std::string post = served.ask("POST /livez HTTP/1.1");
  EXPECT_TRUE(has(post, "HTTP/1.1 405")) << post;
  EXPECT_TRUE(has(post, "Allow: GET, HEAD")) << post;
  EXPECT_TRUE(has(served.ask("nonsense"), "HTTP/1.1 400"));
  EXPECT_TRUE(has(served.ask("GET /livez HTTP/1.1\r\nContent-Length: 9"), "HTTP/1.1 413"));
}

TEST(HealthServer, a_head_that_can_be_read_in_two_ways_is_refused) {
  const Served served;

  EXPECT_TRUE(has(served.ask("GET /livez HTTP/1.1\r\nHost: y"), "HTTP/1.1 400"));
  EXPECT_TRUE(has(served.ask("GET /livez HTTP/1.1\r\nX: a\r\n b"), "HTTP/1.1 400"));
  EXPECT_TRUE(has(served.ask("GET /livez HTTP/1.1\nX: a"), "HTTP/1.1 400"));
}

TEST(HealthServer, headers_are_bounded) {
  const Served served;

  const std::string reply = served.ask("GET /livez HTTP/1.1\r\nX-Long: " + std::string(9'000, 'x'));

  EXPECT_TRUE(has(reply, "HTTP/1.1 431")) << reply.substr(0, 100);
}

TEST(HealthServer, one_connection_serves_several_requests) {
  const Served served;
  Client client(served.server.port());

  client.send(
      "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
      "HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string replies = client.rest();

  EXPECT_TRUE(has(replies, "ok\n"));
  EXPECT_TRUE(has(replies, "segue-test")) << replies;
}

TEST(HealthServer, a_probe_finds_a_place_among_silent_connections) {
  const Served served;
  std::vector<std::unique_ptr<Client>> silent;
  silent.reserve(200);

  for (int i = 0; i < 200; ++i) silent.push_back(std::make_unique<Client>(served.server.port()));

  EXPECT_TRUE(has(served.ask("GET /livez HTTP/1.1"), "HTTP/1.1 200"));
  EXPECT_EQ(silent.front()->rest(), "");  // closed for a later one
}

TEST(HealthServer, keeping_connections_alive_locks_no_probe_out) {
  const Served served;
  std::vector<std::unique_ptr<Client>> kept;
  for (int i = 0; i < 100; ++i) {
    kept.push_back(std::make_unique<Client>(served.server.port()));
    kept.back()->send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  EXPECT_TRUE(has(served.ask("GET /livez HTTP/1.1"), "HTTP/1.1 200"));
}

TEST(HealthServer, one_address_takes_no_other_s_places) {
  const Served served;
  Client of_another(served.server.port(), "127.0.0.2");
  std::vector<std::unique_ptr<Client>> silent;
  silent.reserve(200);
  for (int i = 0; i < 200; ++i) silent.push_back(std::make_unique<Client>(served.server.port()));

  of_another.send("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_TRUE(has(of_another.rest(), "HTTP/1.1 200"));
}

TEST(HealthServer, ends_with_clients_connected) {
  auto served = std::make_unique<Served>();
  Client client(served->server.port());
  client.send("GET /livez HTTP/1.1\r\n");

  served.reset();

  EXPECT_EQ(client.rest(), "");
}

TEST(HealthServer, an_address_that_cannot_be_had_names_the_setting) {
  const Served served;
  const auto refusal = [&](const std::string& listen) {
    try {
      const HealthServer other(
          listen, served.health, [](bool) { return std::string(); }, "{}");
    } catch (const std::runtime_error& problem) {
      return std::string(problem.what());
    }
    return std::string();
  };

  EXPECT_TRUE(has(refusal("127.0.0.1:" + std::to_string(served.server.port())), "metrics.listen"));
  EXPECT_TRUE(has(refusal("127.0.0.1"), "metrics.listen"));
  EXPECT_TRUE(has(refusal("nowhere:80"), "metrics.listen"));
  EXPECT_TRUE(has(refusal("127.0.0.1:99999"), "metrics.listen"));
  EXPECT_EQ(refusal("[::1]:0"), "");
}

}  // namespace
}  // namespace segue::io
