// Builds the addon for the machine that it runs on, where there is no prebuilt one. It stands alone, since it is
// published: node scripts/build-from-source.mjs [options for CMake, such as -DPAHO_ARCHIVE=...]

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const addon = join(root, "build", "Release", "mqtt_native.node");
const require = createRequire(import.meta.url);
const { CC, CXX } = process.env;

const programs = [
  { what: "CMake 3.18 or newer", commands: ["cmake"] },
  { what: "a C compiler", commands: CC ? [CC] : ["cc", "gcc", "clang"] },
  { what: "a C++20 compiler", commands: CXX ? [CXX] : ["c++", "g++", "clang++"] },
  { what: "Ninja or Make", commands: ["ninja", "make"] },
];

checkPrograms();
const folder = join(root, "build", "from-source");
runCmake([
  ...[
    "-S",
    root,
    "-B",
    folder,
    ...(found("ninja") ? ["-G", "Ninja"] : []),
    "--no-warn-unused-cli",
    "-Wno-dev",
  ],
  ...["-DCMAKE_BUILD_TYPE=Release", `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(root, "build", "Release")}`],
  // A warning that a later compiler brings is no reason not to build.
  ...[`-DCMAKE_JS_INC=${headers().join(";")}`, "-DMQTT_NATIVE_WARNINGS_ARE_ERRORS=OFF"],
  ...process.argv.slice(2),
]);
runCmake(["--build", folder, "--target", "mqtt_native", "--parallel"]);
require(addon);
console.log(`Built ${addon}: it is what will be loaded.`);

function checkPrograms() {
  const missing = programs.filter(({ commands }) => !commands.some(found));
  if (missing.length === 0) return;
  stop(`Not found: ${missing.map(({ what }) => what).join(", ")}.`);
}

/** Headers come with the published package; in a clone, with the packages that it is developed with. */
function headers() {
  const published = ["node-addon-api", "node-api-headers"].map((name) => join(root, "vendor", name));
  if (published.every(existsSync)) return published;
  try {
    return [require("node-addon-api").include_dir, require("node-api-headers").include_dir];
  } catch {
    stop("The headers of Node-API are not there. In a clone of the repository, npm ci brings them.");
  }
}

function runCmake(args) {
  const { status } = spawnSync("cmake", args, { stdio: "inherit" });
  if (status === 0) return;
  stop("CMake's first error, above, says what is wrong.");
}

/** Whether there is a program of that name that runs at all. */
function found(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

function stop(message) {
  console.error(`
mqtt-native cannot be built. ${message}
Everything that a build needs, on Debian and Ubuntu: apt-get install cmake g++ make libpaho-mqtt-dev libssl-dev
More is in docs/building.md.`);
  process.exit(1);
}
