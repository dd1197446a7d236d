#include "report.hpp"

#include <sys/resource.h>

#include <sstream>
#include <utility>

namespace mock_broker {

namespace {

constexpr size_t kept_violations = 10;

std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) continue;
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + '"';
}

/** Returns a separator for every item except the first. */
class Separator {
 public:
  const char* next() { return std::exchange(separator_, ","); }

 private:
  const char* separator_ = "";
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void Report::violation(std::string text) {
  if (violation_count_++ < kept_violations) violations_.push_back(std::move(text));
}

std::string Report::json() const {
  std::ostringstream json;
  json << R"({"connections":)" << connections << R"(,"endedWithDisconnect":)" << ended_with_disconnect
       << R"(,"echoed":)" << echoed << R"(,"acknowledgements":)" << acknowledgements << R"(,"cpuSeconds":)"
       << cpu_seconds() << R"(,"floods":[)";
  Separator between_floods;
  for (const auto& [filter, sent] : floods_)
    json << between_floods.next() << R"({"filter":)" << quoted(filter) << R"(,"sent":)" << sent << "}";
  json << R"(],"sinks":[)";
  Separator between_sinks;
  for (const auto& [topic, received] : sinks_)
    json << between_sinks.next() << R"({"topic":)" << quoted(topic) << R"(,"received":)" << received << "}";
  json << R"(],"violationCount":)" << violation_count_ << R"(,"violations":[)";
  Separator between_violations;
  for (const std::string& text : violations_) json << between_violations.next() << quoted(text);
  json << "]}";
  return json.str();
}

}  // namespace mock_broker
