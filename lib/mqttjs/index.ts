// `mqtt-native/mqttjs`: the interface of MQTT.js 5 over the native engine.

import * as mqtt from "./mqtt.ts";

export default mqtt;
export * from "./mqtt.ts";
// Named, too, because the check of the published types does not follow `export *`.
export { connect, MqttClient } from "./mqtt.ts";
