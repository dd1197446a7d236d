// The loader hook `mqtt-native/mqttjs/register`: the ways of loading the package `mqtt`.

import { describe, expect, test } from "vitest";
import { type Flag, MqttjsApplication } from "../../support/mqttjs-application.ts";

const FLAGS: Flag[] = ["--import", "--require"];

/** Programs that print which package they have got, by the way they load it. */
const WAYS: Record<string, [file: string, text: string]> = {
  "import of the default": ["a.mjs", 'import mqtt from "mqtt"; console.log(mqtt.from);'],
  "import of a name": ["a.mjs", 'import { from } from "mqtt"; console.log(from);'],
  "import of the namespace": ["a.mjs", 'import * as mqtt from "mqtt"; console.log(mqtt.from);'],
  "import()": ["a.mjs", 'const { from } = await import("mqtt"); console.log(from);'],
  "import() in CommonJS": ["a.cjs", 'import("mqtt").then(({ from }) => console.log(from));'],
  require: ["a.cjs", 'console.log(require("mqtt").from);'],
  "require.main": ["a.cjs", 'console.log(require.main.require("mqtt").from);'],
  "require of what require.resolve returns": ["a.cjs", 'console.log(require(require.resolve("mqtt")).from);'],
  "require.resolve with paths": [
    "a.cjs",
    'console.log(require(require.resolve("mqtt", { paths: [__dirname] })).from);',
  ],
  createRequire: [
    "a.mjs",
    'import { createRequire } from "node:module"; console.log(createRequire(import.meta.url)("mqtt").from);',
  ],
  "import.meta.resolve": ["a.mjs", 'console.log((await import(import.meta.resolve("mqtt"))).from);'],
};

/** The versions of the package that dependencies have for themselves. */
const NESTED = { oldest: "3.0.0", old: "4.3.8", first: "5.0.0-beta.1", early: "5.3.0", next: "6.0.0" };

describe.each(FLAGS)("with %s", (flag) => {
  test.each(Object.entries(WAYS))("%s gives ours", async (_way, [file, text]) => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    expect(await application.lines(flag, file, text)).toEqual(["ours"]);
  });

  test("dependencies of both kinds get ours", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    application.write("node_modules/common/index.js", 'exports.from = require("mqtt").from;');
    application.write("node_modules/modern/index.mjs", 'export { from } from "mqtt";');
    application.write("node_modules/modern/package.json", '{ "exports": "./index.mjs" }');
    const text = `
      import { createRequire } from "node:module";
      import common from "common";
      import { from } from "modern";
      console.log(common.from, from, createRequire(import.meta.url)("common").from);
    `;
    expect(await application.lines(flag, "a.mjs", text)).toEqual(["ours ours ours"]);
  });

  test("a nested package is replaced by its own version", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    for (const [name, version] of Object.entries(NESTED)) {
      application.install(version, `node_modules/${name}/node_modules/mqtt`);
      application.write(`node_modules/${name}/common.js`, 'exports.from = require("mqtt").from;');
      application.write(`node_modules/${name}/modern.mjs`, 'export { from } from "mqtt";');
    }
    const names = Object.keys(NESTED);
    const texts = names.map(
      (name) => `
        console.log("${name}", (await import("${name}/common.js")).default.from,
          (await import("${name}/modern.mjs")).from);
      `,
    );
    expect(await application.lines(flag, "a.mjs", texts.join(""))).toEqual([
      "oldest 3.0.0 3.0.0",
      "old 4.3.8 4.3.8",
      "first ours ours",
      "early ours ours",
      "next 6.0.0 6.0.0",
    ]);
    const all = await application.lines(flag, "a.mjs", texts.join(""), { MQTT_NATIVE_REPLACE: "all" });
    expect(all).toEqual(names.map((name) => `${name} ours ours`));
  });

  test("subpaths stay those of the package", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    const text = `
      import { createRequire } from "node:module";
      import store from "mqtt/lib/store";
      const require = createRequire(import.meta.url);
      console.log(store.from, require("mqtt/lib/store").from, require("mqtt/package.json").version);
      console.log((await import("mqtt/index")).from, (await import("./node_modules/mqtt/dist/index.js")).from);
    `;
    expect(await application.lines(flag, "a.mjs", text)).toEqual([
      "store of 5.16.0 store of 5.16.0 5.16.0",
      "5.16.0 5.16.0",
    ]);
  });

  test("worker threads get ours", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    application.write(
      "worker.mjs",
      `
      import { createRequire } from "node:module";
      import { parentPort } from "node:worker_threads";
      import { from } from "mqtt";
      parentPort.postMessage([from, createRequire(import.meta.url)("mqtt").from].join(" "));
    `,
    );
    const text = `
      import { Worker } from "node:worker_threads";
      new Worker(new URL("worker.mjs", import.meta.url)).on("message", (text) => console.log(text));
    `;
    expect(await application.lines(flag, "a.mjs", text)).toEqual(["ours ours"]);
  });

  test("forked processes get ours", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    application.write("child.mjs", 'import { from } from "mqtt"; console.log(from);');
    const text = `
      import { fork } from "node:child_process";
      fork(new URL("child.mjs", import.meta.url));
    `;
    expect(await application.lines(flag, "a.mjs", text)).toEqual(["ours"]);
  });

  test("a program without the package gets the error of Node", async () => {
    using application = new MqttjsApplication();
    const text = `
      import { createRequire } from "node:module";
      await import("mqtt").catch(({ code }) => console.log(code));
      try { createRequire(import.meta.url)("mqtt"); } catch ({ code }) { console.log(code); }
    `;
    const lines = await application.lines(flag, "a.mjs", text);
    expect(lines).toEqual(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);
  });
});
