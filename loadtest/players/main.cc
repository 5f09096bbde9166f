#include "core/io/program.h"
#include "loadtest/players/commands.h"

namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-players",
    .summary = "Many players at once on a gateway, and what they wait for, by one clock.",
    .sections = {"kafka", "load", "log"},
    .own_section = "load",
    .examples =
        {"segue-players push --gateway 127.0.0.1:8080 --tokens tokens.txt --connections 100",
         "segue-players post --gateway 127.0.0.1:8080 --tokens tokens.txt --batch 100"},
    .commands = {{"push", "From an event sent to the list that it caused, on the same socket."},
                 {"post", "Accepted events a second, each connection waiting for its answer."},
                 {"hold", "Open sockets that say hello and nothing more, until stdin ends."}}};

int run(io::Program& program) {
  if (program.command() == "push") return push(program.config());
  if (program.command() == "post") return post(program.config());
  return hold(program.config());
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
