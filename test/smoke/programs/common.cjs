const mqtt = require("mqtt-native");
const { Topic } = require("mqtt-native/topic");

import("./scenario.mjs").then(async ({ scenario }) => {
  await scenario({ ...mqtt, Topic }, "common");
  console.log("passed: common");
});
