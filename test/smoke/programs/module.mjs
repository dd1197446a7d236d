import * as mqtt from "mqtt-native";
import { Topic } from "mqtt-native/topic";
import { scenario } from "./scenario.mjs";

await scenario({ ...mqtt, Topic }, "module");
console.log("passed: module");
