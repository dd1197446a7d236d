// The source of the bundle.

import * as mqtt from "mqtt-native";
import { scenario } from "./scenario.mjs";

scenario(mqtt, "bundle").then(() => console.log("passed: bundle"));
