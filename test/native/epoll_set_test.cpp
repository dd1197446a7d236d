#include "net/epoll_set.hpp"

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
    reading = base::FileDescriptor(ends[0]);
    writing = base::FileDescriptor(ends[1]);
  }
  void write() const { CHECK(::write(writing.number(), "x", 1) == 1); }
  void read() const {
    char byte = 0;
    CHECK(::read(reading.number(), &byte, 1) == 1);
  }

  base::FileDescriptor reading;
  base::FileDescriptor writing;
};

bool is_readable(const net::EpollSet& epoll_set) {
  pollfd entry{epoll_set.descriptor(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

std::vector<uint32_t> take(net::EpollSet& epoll_set) {
  const auto ready = epoll_set.take();
  return {ready.begin(), ready.end()};
}

}  // namespace

TEST_CASE("a descriptor is reported while it is readable") {
  net::EpollSet epoll_set;
  const std::vector<Pipe> pipes(2);
  CHECK(epoll_set.add(pipes[0].reading.number(), 7));
  CHECK(epoll_set.add(pipes[1].reading.number(), 8));
  CHECK_FALSE(is_readable(epoll_set));
  CHECK(take(epoll_set).empty());
  pipes[0].write();
  CHECK(is_readable(epoll_set));
  CHECK(take(epoll_set) == std::vector<uint32_t>{7});
  CHECK(take(epoll_set) == std::vector<uint32_t>{7});
  pipes[0].read();
  CHECK_FALSE(is_readable(epoll_set));
  CHECK(take(epoll_set).empty());
}

TEST_CASE("a single descriptor is reported without a look at it") {
  net::EpollSet epoll_set;
  const Pipe pipe;
  CHECK(take(epoll_set).empty());
  CHECK(epoll_set.add(pipe.reading.number(), 7));
  CHECK_FALSE(is_readable(epoll_set));
  CHECK(take(epoll_set) == std::vector<uint32_t>{7});
}

TEST_CASE("a descriptor that was removed is not reported") {
  net::EpollSet epoll_set;
  const std::vector<Pipe> pipes(3);
  for (uint32_t i = 0; i < pipes.size(); i++) {
    CHECK(epoll_set.add(pipes[i].reading.number(), i));
    pipes[i].write();
  }
  epoll_set.remove(pipes[1].reading.number(), 1);
  CHECK(take(epoll_set) == std::vector<uint32_t>{0, 2});
  epoll_set.remove(pipes[0].reading.number(), 0);
  epoll_set.remove(pipes[2].reading.number(), 2);
  CHECK_FALSE(is_readable(epoll_set));
  CHECK(take(epoll_set).empty());
  CHECK(epoll_set.add(pipes[1].reading.number(), 9));
  CHECK(take(epoll_set) == std::vector<uint32_t>{9});
}

TEST_CASE("a descriptor that cannot be watched is refused") {
  net::EpollSet epoll_set;
  CHECK_FALSE(epoll_set.add(-1, 7));
  CHECK(take(epoll_set).empty());
}

TEST_CASE("a few of many readable descriptors are reported at a time, and all in the end") {
  net::EpollSet epoll_set;
  const std::vector<Pipe> pipes(10);
  for (uint32_t i = 0; i < pipes.size(); i++) {
    CHECK(epoll_set.add(pipes[i].reading.number(), i));
    pipes[i].write();
  }
  std::vector<uint32_t> all;
  while (is_readable(epoll_set)) {
    const auto some = take(epoll_set);
    CHECK(some.size() < pipes.size());
    for (const uint32_t owner : some) pipes[owner].read();
    all.insert(all.end(), some.begin(), some.end());
  }
  CHECK(all == std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}
