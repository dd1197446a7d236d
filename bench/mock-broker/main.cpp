// The mock broker; see ../README.md.

#include <sys/resource.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <optional>
#include <string>

#include "server.hpp"

namespace {

struct Options {
  size_t window = 1000;
  std::string certificate;  // the file that it is written to
};

/** Returns nothing when the options are invalid. */
std::optional<Options> read_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == count) return std::nullopt;
    const std::string_view value = arguments[i + 1];
    if (name == "--tls") {
      options.certificate = value;
    } else if (name == "--window") {
      options.window = 0;
      std::from_chars(value.data(), value.data() + value.size(), options.window);
    } else {
      return std::nullopt;
    }
  }
  const bool makes_sense = options.window > 0 && options.window <= 32'767;
  return makes_sense ? std::optional(options) : std::nullopt;
}

/** Raises the limit of open files, which is often below a thousand by default. */
void allow_many_clients() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = read_options(argc, argv);
  if (!options) {
    std::fputs("Usage: mock-broker [--window <1 to 32767>] [--tls <file for the certificate>]\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  allow_many_clients();
  try {
    const bool tls = !options->certificate.empty();
    mock_broker::Server server(options->window, tls);
    if (tls) std::ofstream(options->certificate) << server.certificate();
    std::printf("%d\n", server.port());
    std::fflush(stdout);
    server.run();
    std::printf("%s\n", server.report().json().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mock-broker: %s\n", error.what());
    return 1;
  }
}
