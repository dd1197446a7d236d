module.exports = require("mqtt-native/mqttjs");
