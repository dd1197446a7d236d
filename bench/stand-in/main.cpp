// The broker stand-in: see ../README.md for what it does.

#include <charconv>
#include <cstdio>
#include <exception>
#include <string_view>

#include "server.hpp"

namespace {

constexpr size_t default_window = 1000;

/** `--window <count>`: messages of QoS 1 and 2 that may be on their way to a client; 0 when it makes no
 * sense. */
size_t window_of(int count, char** arguments) {
  if (count == 1) return default_window;
  size_t window = 0;
  if (count != 3 || std::string_view(arguments[1]) != "--window") return 0;
  const std::string_view text = arguments[2];
  std::from_chars(text.data(), text.data() + text.size(), window);
  return window <= 32'767 ? window : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t window = window_of(argc, argv);
  if (window == 0) {
    std::fputs("Usage: stand-in [--window <1 to 32767>]\n", stderr);
    return 2;
  }
  try {
    stand_in::Server server(window);
    std::printf("%d\n", server.port());
    std::fflush(stdout);
    server.run();
    std::printf("%s\n", server.report().json().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stand-in: %s\n", error.what());
    return 1;
  }
}
