#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mock_broker {

/** The events that the benchmark checks, printed as one line of JSON. */
class Report {
 public:
  struct Flood {
    std::string filter;
    uint64_t sent = 0;
  };
  struct Sink {
    std::string topic;
    uint64_t received = 0;
  };

  uint64_t connections = 0;
  uint64_t ended_with_disconnect = 0;
  uint64_t echoed = 0;
  uint64_t acknowledgements = 0;  // the number of PUBACKs, PUBRECs and PUBCOMPs, all of which are checked

  void add(Flood flood) { floods_.push_back(std::move(flood)); }
  void add(Sink sink) { sinks_.push_back(std::move(sink)); }
  /** Records a violation. All are counted, but only the first few keep their text. */
  void violation(std::string text);

  [[nodiscard]] std::string json() const;

 private:
  std::vector<Flood> floods_;
  std::vector<Sink> sinks_;
  std::vector<std::string> violations_;
  uint64_t violation_count_ = 0;
};

}  // namespace mock_broker
