// The Debian packages that the build, the examples and the tests need.

import { execFileSync, spawnSync } from "node:child_process";
import { run } from "./run.mjs";
import { Stop } from "./steps.mjs";

const forTheBuild = ["cmake", "g++", "libpaho-mqtt-dev", "libssl-dev", "ninja-build"];
const forRunning = ["mosquitto"];
const forTheTests = [
  ...["clang-format", "clang-tidy", "doctest-dev"],
  ...["microsocks", "nginx", "openssl", "tinyproxy-bin"],
];
const forFuzzing = ["clang-14", "libclang-rt-14-dev"];

/** A step: installs what is missing where it may, and otherwise says what to type. */
export async function systemPackages({ tests = false, fuzzing = false } = {}) {
  const wanted = [
    ...forTheBuild,
    ...forRunning,
    ...(tests ? forTheTests : []),
    ...(fuzzing ? forFuzzing : []),
  ];
  const installed = installedVersions(wanted);
  if (!installed) return `no dpkg here: please see that you have the like of ${wanted.join(" ")}`;
  const missing = wanted.filter((name) => !installed.has(name));
  if (missing.length === 0) return "all there";
  await install(missing);
  return `installed ${missing.join(" ")}`;
}

/** The versions of what the native build takes from the system: when they change, it is out of date. */
export function buildPackageVersions() {
  return [...(installedVersions(forTheBuild) ?? [])].join(" ");
}

async function install(names) {
  const [command, ...args] = [...asRoot(names), "sh", "-c", withoutStarting, "sh"];
  const aptGet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  await run(command, [...args, ...aptGet, "update"]);
  await run(command, [...args, ...aptGet, "install", "-y", "--no-install-recommends", ...names]);
}

/** Runs a command; servers that it installs are not started as services (invoke-rc.d(8)): we start our own. */
const withoutStarting = `
  policy=/usr/sbin/policy-rc.d
  if ! [ -e $policy ]; then
    trap 'rm -f $policy' EXIT INT TERM
    printf '#!/bin/sh\\nexit 101\\n' > $policy
    chmod +x $policy
  fi
  "$@"`;

/** How to become root without asking anybody; stops when that is impossible. */
function asRoot(names) {
  if (process.getuid() === 0) return [];
  try {
    execFileSync("sudo", ["-n", "true"], { stdio: "ignore" });
    return ["sudo", "-n"];
  } catch {
    throw new Stop(`Packages are missing, and installing them needs root. Please run:

    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(" ")}
`);
  }
}

/** Versions by package name, of what is completely installed; undefined where there is no dpkg to ask. */
function installedVersions(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg's
  const format = "${Package} ${Version} ${db:Status-Status}\n";
  // Its exit code says only that some name is unknown, which is what we want to find out.
  const { error, stdout } = spawnSync("dpkg-query", ["-W", "-f", format, ...names], { encoding: "utf8" });
  if (error) return undefined;
  const packages = stdout.split("\n").map((line) => line.split(" "));
  return new Map(packages.filter(([, , status]) => status === "installed"));
}
