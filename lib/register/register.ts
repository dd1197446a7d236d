// mqtt-native/mqttjs/register: the interface of MQTT.js over this client takes the place of the package `mqtt`, version
// 5, wherever a program loads it from then on. `--import` and `--require` load the same CommonJS file, so they share
// its state.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { replaceImports } from "./imports.ts";
import { replaceRequires } from "./requires.ts";

const common = join(__dirname, "index.cjs");
const url = (name: string): URL => pathToFileURL(join(__dirname, name));

replaceRequires(common);
replaceImports({ module: url("index.js").href, common: url("index.cjs").href }, url("register-hooks.js"));
