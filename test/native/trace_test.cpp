#include "session/trace.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "services.hpp"

using mqtt_native::test::runtime;
using mqtt_native::test::services;

extern "C" void __wrap_Log(int level, int number, const char* text, ...);

namespace {

constexpr int medium = 2, minimum = 3, protocol = 4, error = 5;  // Paho's levels

/** Records the lines of its own thread: Paho's threads may still be busy with earlier tests. */
struct Reader {
  std::vector<std::string> lines;
  const std::thread::id thread = std::this_thread::get_id();
  uint32_t name = runtime().trace().listen([this](std::string_view line) {
    if (std::this_thread::get_id() == thread) lines.emplace_back(line);
  });
  ~Reader() { runtime().trace().forget(name); }
};

}  // namespace

TEST_CASE("trace: without a listener no line is made") {
  (void)services();  // the control planes trace into the runtime's trace
  CHECK_FALSE(runtime().trace().is_wanted());
  __wrap_Log(error, -1, "nobody reads %s", "this");
}

TEST_CASE("trace: each listener gets each line until it is removed") {
  const Reader first;
  {
    const Reader second;
    __wrap_Log(error, -1, "one %d", 1);
    CHECK(second.lines == std::vector<std::string>{"one 1"});
  }
  __wrap_Log(minimum, -1, "two");
  CHECK(first.lines == std::vector<std::string>{"one 1", "two"});
}

TEST_CASE("trace: texts that have numbers") {
  const Reader reader;
  __wrap_Log(protocol, 1, nullptr, 7, "client", 5);
  __wrap_Log(minimum, 2, nullptr, 16);
  __wrap_Log(protocol, 999, nullptr);
  CHECK(reader.lines ==
        std::vector<std::string>{"7 client <- CONNACK rc: 5", "Packet_Factory: unhandled packet type 16"});
}

TEST_CASE("trace: no payloads, no debug lines, no endless lines") {
  const Reader reader;
  __wrap_Log(protocol, 10, nullptr, 7, "client", 1, 1, 0, 0, 6, 6, "secret");
  __wrap_Log(protocol, 11, nullptr, 7, "client", 1, 1, 0, 6, 6, "secret");
  __wrap_Log(protocol, 27, nullptr, 7, "client", 0, 0, 6, 6, "secret");
  __wrap_Log(medium, -1, "chatter");
  const std::string endless(10'000, 'x');
  __wrap_Log(minimum, -1, "%s", endless.c_str());
  REQUIRE(reader.lines.size() == 4);
  CHECK(reader.lines[0] == "7 client -> PUBLISH msgid: 1 qos: 1 retained: 0 rc 0 payload len(6)");
  CHECK(reader.lines[1] == "7 client <- PUBLISH msgid: 1 qos: 1 retained: 0 payload len(6)");
  CHECK(reader.lines[2] == "7 client -> PUBLISH qos: 0 retained: 0 rc: 0 payload len(6)");
  CHECK(reader.lines[3] == endless.substr(0, 511));
}
