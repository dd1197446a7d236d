// The addon built with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer, inside Node. All integration
// tests run on it.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packageProgram, root, run, show } from "../setup/run.mjs";
import { whenChanged } from "../setup/stamp.mjs";
import { packageVersions } from "../setup/system-packages.mjs";
import { canaries, expectReports } from "./canaries.mjs";

const directory = "build/addon-address";
const addon = `${directory}/RelWithDebInfo/mqtt_native.node`;
const canary = `${directory}/RelWithDebInfo/canary_mqtt_native.node`;
const reports = join(root, "build/reports");

const needs = ["system:build", "system:broker", "system:integration", "npm", "addon", "dist"];
const after = ["addon:build"];

export const sanitizerSteps = [
  ["addon:build", buildAddon, { needs: ["system:build", "npm"], seconds: 90 }],
  ["addon:canaries", () => expectReports(canaries.address, reportOfCanary), { needs, after, seconds: 10 }],
  ["addon:integration", () => testsOnSanitizedAddon(["test/integration/"]), { needs, after, seconds: 140 }],
  ["addon:lifetime", () => testsOnSanitizedAddon(["test/extended/lifetime"]), { needs, after, seconds: 40 }],
];

function buildAddon() {
  const canaryFiles = ["canary.cpp", "canary.hpp", "canary_addon.cpp", "canary_addon.cmake"];
  const inputs = [
    ...["native", "CMakeLists.txt", "package.json", "package-lock.json"],
    ...canaryFiles.map((file) => `test/native/${file}`),
  ];
  return whenChanged(
    { name: "addon-address", inputs, also: packageVersions("build"), product: addon },
    async () => {
      const options = ["-O", directory, "-B", "RelWithDebInfo", "--CDMQTT_NATIVE_SANITIZE=address"];
      await run(packageProgram("cmake-js"), ["configure", ...options]);
      await run(packageProgram("cmake-js"), ["build", ...options]);
    },
  );
}

/** Node itself is not built with sanitizers, so their libraries have to be there before it starts. */
const libraries = () =>
  ["libasan.so", "libubsan.so"].map((name) =>
    execFileSync("gcc", [`-print-file-name=${name}`], { encoding: "utf8" }).trim(),
  );

/**
 * The environment of a Node with the sanitized addon. The quarantine of freed memory is smaller than usual, because
 * tests look at memory. Reports go into files, so programs keep their outputs, and those that only leak their exit
 * codes. Symbols are left out: their lookup takes Node seconds at each exit. UndefinedBehaviorSanitizer writes no file
 * beside AddressSanitizer; it prints its report to standard error and ends the process.
 */
export const sanitizedEnvironment = () => ({
  LD_PRELOAD: libraries().join(" "),
  MQTT_NATIVE_ADDON: join(root, addon),
  ASAN_OPTIONS: `log_path=${reports}/asan:abort_on_error=1:detect_leaks=1:exitcode=0:symbolize=0:quarantine_size_mb=32`,
  UBSAN_OPTIONS: "abort_on_error=1:halt_on_error=1:print_stacktrace=1",
  ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
});

function forgetReports() {
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
}

/** Node loads a library with a defect: what it says, and what the judge of reports makes of it. */
async function reportOfCanary(defect) {
  forgetReports();
  const env = { ...sanitizedEnvironment(), CANARY: defect };
  const node = run(process.execPath, ["-e", "require(process.argv[1])", join(root, canary)], { env });
  const output = await node.catch((failure) => failure.output ?? "");
  try {
    judgeReports();
  } catch (error) {
    return `${output}\n${error.message}`;
  }
  return output;
}

async function testsOnSanitizedAddon(paths) {
  forgetReports();
  const env = sanitizedEnvironment();
  try {
    await show(packageProgram("vitest"), ["run", ...paths, "--testTimeout=120000", "--hookTimeout=60000"], {
      env,
    });
  } finally {
    judgeReports();
  }
}

/** Throws when there is a report of anything but leaks, or of a leak of what the addon allocated. */
export function judgeReports() {
  const found = readdirSync(reports).flatMap((name) => faultsIn(readFileSync(join(reports, name), "utf8")));
  if (found.length === 0) return;
  throw new Error(`${found.length} sanitizer reports\n\n${found.join("\n\n")}`);
}

/**
 * The faults in a report. Node and other programs do not free everything at exit. A report of leaks is a list of
 * records, and a record counts when the addon is the first in its stack after the allocators.
 */
function faultsIn(report) {
  // LeakSanitizer aborts the process when it gives up, and only this file says so.
  if (!report.includes("LeakSanitizer: detected memory leaks")) return [report.trim()];
  return report
    .split("\n\n")
    .filter((record) => /leak of/.test(record) && findAllocator(record)?.includes("mqtt_native.node"));
}

const findAllocator = (record) =>
  record
    .split("\n")
    .find((line) => /^\s+#\d/.test(line) && !/\/lib(asan|ubsan|stdc\+\+|gcc_s|c)\.so/.test(line));
