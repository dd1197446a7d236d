#pragma once

#include "session/events.hpp"
#include "session/operation.hpp"

namespace mqtt_native::session {

struct Adjusted {
  Operation operation;
  Outcome outcome = Outcome::answered;  // any other: it ends so, and must not be sent
  uint8_t reason_code = 0;
};

/**
 * Adjusts a publish that has waited. Its message expiry interval is reduced by the whole seconds of the wait
 * (MQTT 5, section 3.3.2.3.3). On a new connection a topic alias is removed, because the broker does not know
 * it. `properties`: memory for the changed properties.
 */
Adjusted adjust(const Operation& publish, bool is_new_connection, base::TimePoint now,
                mqtt::Bytes& properties);

bool has_expiry(const Operation& publish);

}  // namespace mqtt_native::session
