// `mqtt-native/mqttjs`: the interface of MQTT.js 5 over the native engine.

import * as mqtt from "./mqtt.ts";

export default mqtt;
export * from "./mqtt.ts";
