#include "core/io/program.h"
#include "deploy/admin/broker.h"
#include "deploy/admin/init.h"

int main(int argc, char** argv) {
  const segue::io::ProgramInfo info{
      .name = "segue-admin",
      .summary = "Prepares Kafka and Redis for Segue, or stands in for Kafka in a demonstration.",
      .sections = {"kafka", "redis", "admin", "log"},
      .own_section = "admin",
      .examples = {"segue-admin init --kafka.brokers 127.0.0.1:9092 --redis.address 127.0.0.1:6379",
                   "segue-admin init --replication 3 --wait-s 120", "segue-admin broker"},
      .commands = {{"init", "Create topics, load the Redis functions, write sg:meta. Idempotent."},
                   {"broker", "Serve an in-memory broker until stopped; its address on stdout."}}};
  return segue::io::run_program(info, argc, argv, [](segue::io::Program& program) {
    if (program.command() == "init") return segue::admin::init(program.config());
    return segue::admin::broker(program.config());
  });
}
