// The loader hook `mqtt-native/mqttjs/register`: packages that are installed in unusual ways, and its report.

import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Flag, MqttjsApplication } from "../../support/mqttjs-application.ts";

/** Prints which package `import` and `require` have loaded. */
const BOTH = `
  import { createRequire } from "node:module";
  import { from } from "mqtt";
  console.log(from, createRequire(import.meta.url)("mqtt").from);
`;

function link(application: MqttjsApplication, target: string, path: string): void {
  const place = application.write(path, "");
  rmSync(place);
  symlinkSync(join(application.folder, target), place);
}

describe.each<Flag>(["--import", "--require"])("with %s", (flag) => {
  test("the layout of pnpm is understood", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0", "node_modules/.pnpm/mqtt@5.16.0/node_modules/mqtt");
    link(application, "node_modules/.pnpm/mqtt@5.16.0/node_modules/mqtt", "node_modules/mqtt");
    expect(await application.lines(flag, "a.mjs", BOTH)).toEqual(["ours ours"]);
  });

  test("a package that is linked from elsewhere is replaced", async () => {
    using application = new MqttjsApplication();
    application.install("5.1.0", "../checkout");
    link(application, "../checkout", "node_modules/mqtt");
    expect(await application.lines(flag, "a.mjs", BOTH)).toEqual(["ours ours"]);
  });

  test("another package under the name, as an alias installs it, stays", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0", "node_modules/mqtt", { name: "fork-of-mqtt" });
    expect(await application.lines(flag, "a.mjs", BOTH)).toEqual(["5.16.0 5.16.0"]);
  });

  test("a package under another name stays", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0", "node_modules/original");
    const lines = await application.lines(flag, "a.mjs", BOTH.replaceAll('"mqtt"', '"original"'));
    expect(lines).toEqual(["5.16.0 5.16.0"]);
  });

  test.each([undefined, 5, "", "five", "50.1.0", "0.5.1"])(
    "a package of version %j stays",
    async (version) => {
      using application = new MqttjsApplication();
      application.install("none", "node_modules/mqtt", { version });
      expect(await application.lines(flag, "a.mjs", BOTH)).toEqual(["none none"]);
    },
  );

  test("a package without an exports map is replaced", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0", "node_modules/mqtt", { exports: undefined });
    expect(await application.lines(flag, "a.mjs", BOTH)).toEqual(["ours ours"]);
  });

  test("a broken package.json in the package leaves it alone", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    application.write("node_modules/mqtt/build/package.json", "[]");
    application.write("a.cjs", 'console.log(require("mqtt").from);');
    const lines = await application.lines(flag, "b.cjs", 'require("./a.cjs")');
    expect(lines).toEqual(["ours"]);
    application.write("node_modules/mqtt/package.json", "{");
    const { code, stderr } = await application.run(flag, "b.cjs", 'require("./a.cjs")');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Invalid package config|Error parsing/);
  });

  test("a module with a query in its URL gets ours", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    application.write("dependency.mjs", 'export { from } from "mqtt";');
    const text = 'console.log((await import("./dependency.mjs?a=1#b")).from);';
    expect(await application.lines(flag, "a.mjs", text)).toEqual(["ours"]);
  });

  test("URLs that another loader makes of the name are left to it", async () => {
    using application = new MqttjsApplication();
    application.write(
      "loader.mjs",
      `
      export const resolve = (specifier, context, next) =>
        specifier === "mqtt"
          ? { url: "data:text/javascript,export const from = 'other'", shortCircuit: true }
          : next(specifier, context);
    `,
    );
    application.write(
      "first.mjs",
      `
      import { register } from "node:module";
      register("./loader.mjs", import.meta.url);
    `,
    );
    const text = 'await import("./first.mjs"); console.log((await import("mqtt")).from);';
    // Node 26 warns of module.register().
    const lines = await application.lines(flag, "a.mjs", text, { NODE_NO_WARNINGS: "1" });
    expect(lines).toEqual(["other"]);
  });

  test("a stub in require.cache replaces the module, as the tests of programs need it", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    const text = `
      require("mqtt");
      require.cache[require.resolve("mqtt")].exports = { from: "stub" };
      console.log(require("mqtt").from);
    `;
    expect(await application.lines(flag, "a.cjs", text)).toEqual(["stub"]);
  });

  test("NODE_DEBUG=mqtt-native reports each package once, with path and version", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    application.install("4.3.8", "node_modules/old/node_modules/mqtt");
    application.write("node_modules/old/index.js", 'require("mqtt"); require("mqtt");');
    const text = 'require("mqtt"); require("mqtt"); require("old");';
    const { stderr } = await application.run(flag, "a.cjs", text, { NODE_DEBUG: "mqtt-native" });
    const lines = stderr.split("\n").map((line) => line.replace(/^MQTT-NATIVE \d+: /, ""));
    const folder = (name: string) => join(application.folder, "node_modules", name);
    expect(lines).toEqual([
      `replaced mqtt 5.16.0 in ${folder("mqtt")}`,
      `left alone mqtt 4.3.8 in ${folder("old/node_modules/mqtt")}`,
      "",
    ]);
  });

  test("NODE_DEBUG=mqtt-native reports imported packages", async () => {
    using application = new MqttjsApplication();
    application.install("5.16.0");
    const text = 'await import("mqtt");';
    const { stderr } = await application.run(flag, "a.mjs", text, { NODE_DEBUG: "mqtt-native" });
    expect(stderr).toContain(`replaced mqtt 5.16.0 in ${join(application.folder, "node_modules/mqtt")}\n`);
  });
});

test("both flags together replace a package once", async () => {
  using application = new MqttjsApplication();
  application.install("5.16.0");
  const text = `
    import { spawnSync } from "node:child_process";
    const program = new URL("b.mjs", import.meta.url);
    const flags = ["--import", ${JSON.stringify(application.hook("--import"))}];
    const { stdout } = spawnSync(process.execPath, [...process.execArgv, ...flags, program.pathname]);
    process.stdout.write(stdout);
  `;
  application.write("b.mjs", BOTH);
  expect(await application.lines("--require", "a.mjs", text)).toEqual(["ours ours"]);
});

test("NODE_OPTIONS carries the hook into programs started by others", async () => {
  using application = new MqttjsApplication();
  application.install("5.16.0");
  application.write("b.mjs", BOTH);
  const text = `
    import { spawnSync } from "node:child_process";
    const NODE_OPTIONS = ${JSON.stringify(`--import ${application.hook("--import")}`)};
    const { stdout } = spawnSync(process.execPath, [${JSON.stringify(join(application.folder, "b.mjs"))}], {
      env: { ...process.env, NODE_OPTIONS },
    });
    process.stdout.write(stdout);
  `;
  expect(await application.lines("--import", "a.mjs", text)).toEqual(["ours ours"]);
});
