#include "net/watch.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <vector>

using namespace mqtt_native;

namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    reading = net::FileDescriptor(ends[0]);
    writing = net::FileDescriptor(ends[1]);
  }
  void write() const { CHECK(::write(writing.number(), "x", 1) == 1); }

  net::FileDescriptor reading;
  net::FileDescriptor writing;
};

bool is_readable(const net::Watch& watch) {
  pollfd entry{watch.descriptor(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

std::vector<uint32_t> take(net::Watch& watch) {
  const auto ready = watch.take();
  return {ready.begin(), ready.end()};
}

}  // namespace

TEST_CASE("what is watched is reported once, until it is armed again") {
  net::Watch watch;
  const Pipe pipe;
  CHECK(watch.arm(pipe.reading.number(), 7));
  CHECK_FALSE(is_readable(watch));
  CHECK(take(watch).empty());
  pipe.write();
  CHECK(is_readable(watch));
  CHECK(take(watch) == std::vector<uint32_t>{7});
  CHECK_FALSE(is_readable(watch));
  pipe.write();
  CHECK(take(watch).empty());
  CHECK(watch.arm(pipe.reading.number(), 8));
  CHECK(take(watch) == std::vector<uint32_t>{8});
}

TEST_CASE("what is watched and closed is forgotten") {
  net::Watch watch;
  {
    const Pipe pipe;
    CHECK(watch.arm(pipe.reading.number(), 7));
    pipe.write();
  }
  CHECK(take(watch).empty());
}

TEST_CASE("what cannot be watched is refused") {
  net::Watch watch;
  CHECK_FALSE(watch.arm(-1, 7));
}

TEST_CASE("of many that are readable a few are reported at a time, and all in the end") {
  net::Watch watch;
  const std::vector<Pipe> pipes(10);
  for (uint32_t i = 0; i < pipes.size(); i++) {
    CHECK(watch.arm(pipes[i].reading.number(), i));
    pipes[i].write();
  }
  std::vector<uint32_t> all;
  while (is_readable(watch)) {
    const auto some = take(watch);
    CHECK(some.size() < pipes.size());
    all.insert(all.end(), some.begin(), some.end());
  }
  CHECK(all == std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}
