import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadAddon, type Surroundings } from "../../../lib/native/loader.ts";
import { type Platform, thisPlatform } from "../../../lib/native/platform.ts";

const build = "build/Release/mqtt_native.node";
const x64 = "prebuilds/linux-x64/mqtt_native.glibc.node";
const linux: Platform = {
  platform: "linux",
  architecture: "x64",
  libc: "glibc",
  libcVersion: () => "2.36",
  runtime: "Node.js 20.20.2",
  nodeApi: 9,
};

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mqtt-native-loader-"));
  add("scripts/build-from-source.mjs");
});
afterEach(() => rmSync(root, { recursive: true }));

function add(...files: string[]) {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
}

/** The loaded file, relative to the package's folder. */
function loaded(machine: Partial<Platform> = {}, more: Partial<Surroundings<string>> = {}) {
  const load = (file: string) => file.slice(root.length + 1);
  return loadAddon({ root, machine: { ...linux, ...machine }, override: undefined, load, ...more });
}

function failing(error: Error & { code?: string }) {
  return {
    load: () => {
      throw error;
    },
  };
}

describe("which file is loaded", () => {
  test("a local build, before a prebuilt one", () => {
    add(build, x64);
    expect(loaded()).toBe(build);
  });

  test.each([
    [x64, {}],
    ["prebuilds/linux-arm64/mqtt_native.glibc.node", { architecture: "arm64" }],
    ["prebuilds/linux-x64/mqtt_native.musl.node", { libc: "musl" }],
    [
      "prebuilds/darwin-arm64/mqtt_native.node",
      { platform: "darwin", architecture: "arm64", libc: undefined },
    ],
  ] satisfies [string, Partial<Platform>][])("%s for its machine", (file, machine) => {
    add(
      x64,
      "prebuilds/linux-arm64/mqtt_native.glibc.node",
      "prebuilds/linux-x64/mqtt_native.musl.node",
      "prebuilds/darwin-arm64/mqtt_native.node",
    );
    expect(loaded(machine)).toBe(file);
  });

  test("the one that the environment names, before all others", () => {
    add(build, x64, "mine.node");
    expect(loaded({}, { override: join(root, "mine.node") })).toBe("mine.node");
  });

  test("the one that the environment names, even where the package's folder is unknown", () => {
    add("mine.node");
    expect(loaded({}, { root: undefined, override: join(root, "mine.node") })).toBe("mine.node");
  });

  test("a relative one that the environment names is found from the current folder", () => {
    expect(() => loaded({}, { override: "nowhere/mine.node" })).toThrow(
      join(process.cwd(), "nowhere/mine.node"),
    );
  });
});

describe("the error of the loader", () => {
  const command = () => `node ${JSON.stringify(join(root, "scripts/build-from-source.mjs"))}`;

  test("when there is none for this machine", () => {
    add(x64, "prebuilds/darwin-arm64/mqtt_native.node");
    expect(() => loaded({ architecture: "riscv64" })).toThrow(
      new Error(
        [
          "mqtt-native cannot load its addon on linux-riscv64 (glibc 2.36) with Node.js 20.20.2.",
          "It looked for",
          `  ${join(root, build)}: not there`,
          `  ${join(root, "prebuilds/linux-riscv64/mqtt_native.glibc.node")}: not there`,
          "Prebuilt are: darwin-arm64, linux-x64 (glibc).",
          "With a C++ compiler, CMake and the static libraries of Paho C and OpenSSL, this builds it for this machine:",
          `  ${command()}`,
        ].join("\n"),
      ),
    );
  });

  test("when there are none at all", () => {
    expect(() => loaded()).toThrow("Prebuilt are: none in this installation.");
    expect(() => loaded()).toThrow(command());
  });

  test("on a system without a version of its C library, and on one without a choice of them", () => {
    expect(() => loaded({ libc: "musl", libcVersion: () => undefined })).toThrow(
      " on linux-x64 (musl) with ",
    );
    expect(() => loaded({ platform: "win32", libc: undefined })).toThrow(" on win32-x64 with ");
  });

  test("when a file is there and cannot be loaded: why, and no other is tried", () => {
    add(build, x64);
    const cause = new Error("invalid ELF header\nRequire stack:\n- somewhere");
    const attempt = () => loaded({}, failing(cause));
    expect(attempt).toThrow(`${join(root, build)}: invalid ELF header\nPrebuilt are: `);
    expect(attempt).not.toThrow(join(root, x64));
    expect(attempt).toThrow(expect.objectContaining({ cause }));
  });

  test("when glibc is too old for the prebuilt one", () => {
    add(x64);
    const cause = new Error(`/lib/libc.so.6: version \`GLIBC_2.34' not found (required by ${x64})`);
    expect(() => loaded({ libcVersion: () => "2.31" }, failing(cause))).toThrow(
      "That binary is for machines with glibc 2.34 or newer.",
    );
  });

  test("when the runtime is told to load no addons", () => {
    add(x64);
    const cause = Object.assign(new Error("Cannot load native addon"), { code: "ERR_DLOPEN_DISABLED" });
    const attempt = () => loaded({}, failing(cause));
    expect(attempt).toThrow(
      "Addons are disabled: start without --no-addons and, with --permission, with --allow-addons.",
    );
    expect(attempt).not.toThrow("build-from-source");
  });

  test("when the runtime is too old", () => {
    expect(() => loaded({ runtime: "Node.js 18.16.0", nodeApi: 8 })).toThrow(
      "This version has no Node-API 9, which the addon needs: use Node.js 20.19 or newer.",
    );
  });

  test("when what the environment names is not there", () => {
    add(x64);
    const attempt = () => loaded({}, { override: join(root, "gone.node") });
    expect(attempt).toThrow(`  ${join(root, "gone.node")}: not there`);
    expect(attempt).toThrow("The environment variable MQTT_NATIVE_ADDON names that file.");
  });

  test("when a bundler has moved the code away", () => {
    rmSync(join(root, "scripts"), { recursive: true });
    const sentence = "in a bundle, mark mqtt-native as external.";
    expect(() => loaded()).toThrow(sentence);
    expect(() => loaded({}, { root: undefined })).toThrow(sentence);
  });
});

test("this machine is known", () => {
  const machine = thisPlatform();
  expect(machine).toMatchObject({ platform: process.platform, architecture: process.arch });
  expect(machine.runtime).toBe(`Node.js ${process.versions.node}`);
  expect(machine.nodeApi).toBeGreaterThanOrEqual(9);
  if (process.platform === "linux") expect(["glibc", "musl"]).toContain(machine.libc);
  if (machine.libc === "glibc") expect(machine.libcVersion()).toMatch(/^2\.\d+$/);
});
