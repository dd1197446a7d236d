export * from "mqtt-native/mqttjs";
export { default } from "mqtt-native/mqttjs";
