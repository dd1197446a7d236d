#pragma once

namespace remote {

struct Events {
  bool is_over;      // standard input has ended
  bool is_readable;  // the connection has data
};

/** Waits for one of these events, until a time of the monotonic clock in seconds. */
Events wait_for_events(int socket, double until);

}  // namespace remote
