// The Debian packages that the build, the examples and the tests need.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { run } from "./run.mjs";
import { Stop } from "./steps.mjs";

const packagesFor = {
  build: ["cmake", "g++", "libpaho-mqtt-dev", "libssl-dev", "ninja-build"],
  broker: ["mosquitto"],
  network: ["iproute2"],
  format: ["clang-format"],
  tidy: ["clang-tidy"],
  engine: ["doctest-dev"],
  integration: [
    ...["libmosquitto-dev", "mosquitto-clients", "mosquitto-dev"],
    ...["iproute2", "microsocks", "nginx", "openssl", "tinyproxy-bin"],
  ],
  rabbitmq: ["rabbitmq-server"],
  ejabberd: ["ejabberd"],
  nats: ["nats-server"],
  fuzzing: ["clang-14", "libclang-rt-14-dev"],
  // The cross compiler brings its own C library to link with.
  prebuild: ["g++-aarch64-linux-gnu", "libpaho-mqtt-dev:arm64", "libssl-dev:arm64"],
  // The libraries of official builds of Node, for this machine and for an emulated one.
  smoke: ["libatomic1", "libatomic1:arm64", "libstdc++6:arm64", "openssl", "qemu-user"],
};

/** Services that packages enable and nobody here needs: at the next boot they would take the usual ports of brokers. */
const servicesOf = {
  "rabbitmq-server": ["rabbitmq-server.service", "epmd.service", "epmd.socket"],
  ejabberd: ["ejabberd.service", "epmd.service", "epmd.socket"],
  "nats-server": ["nats-server.service"],
};

/** The purposes of packages. */
export const purposes = Object.keys(packagesFor);

/** A step: installs the missing packages for these purposes, or stops and prints the command that does. */
export async function systemPackages(...purposes) {
  const wanted = packagesOf(purposes);
  const installed = installedVersions(wanted);
  if (!installed) return `no dpkg here: please see that you have the like of ${wanted.join(" ")}`;
  const missing = wanted.filter((name) => !installed.has(name));
  if (missing.length === 0) return "all there";
  await install(missing);
  return `installed ${missing.join(" ")}`;
}

/** The packages for these purposes that are not installed; none where there is no dpkg to ask. */
export function missingPackages(purposes) {
  const wanted = packagesOf(purposes);
  const installed = installedVersions(wanted);
  return installed ? wanted.filter((name) => !installed.has(name)) : [];
}

/** The versions of the packages that a build uses: when they change, it is out of date. */
export function packageVersions(...purposes) {
  return [...(installedVersions(packagesOf(purposes)) ?? [])].join(" ");
}

const packagesOf = (purposes) => [...new Set(purposes.flatMap((purpose) => packagesFor[purpose]))];

let listsAreNew = false;

async function install(names) {
  const root = asRoot(names);
  const foreign = foreignArchitectures(names);
  for (const architecture of foreign) {
    const [command, ...args] = [...root, "dpkg", "--add-architecture", architecture];
    await run(command, args);
  }
  const [command, ...args] = [...root, "sh", "-c", withoutStarting, "sh"];
  // Another apt-get may be at work, such as that of the nightly updates.
  const aptGet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"];
  if (!listsAreNew || foreign.length > 0) await run(command, [...args, ...aptGet, "update"]);
  listsAreNew = true;
  await run(command, [...args, ...aptGet, "install", "-y", "--no-install-recommends", ...names]);
  await disableServices(root, names);
}

async function disableServices(root, names) {
  const services = names.flatMap((name) => servicesOf[name] ?? []);
  if (services.length === 0 || !existsSync("/usr/bin/systemctl")) return;
  const [command, ...args] = [...root, "systemctl", "disable", ...services];
  await run(command, args);
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
    const commands = [
      ...foreignArchitectures(names).map((architecture) => `sudo dpkg --add-architecture ${architecture}`),
      "sudo apt-get update",
      `sudo apt-get install -y --no-install-recommends ${names.join(" ")}`,
    ];
    throw new Stop(`Packages are missing, and installing them needs root. Please run:

    ${commands.join(" && ")}
`);
  }
}

/** The architectures in names of packages such as name:architecture. */
function foreignArchitectures(names) {
  return [...new Set(names.map((name) => name.split(":")[1]).filter(Boolean))];
}

/** Versions by package name, of what is completely installed; undefined where there is no dpkg to ask. */
function installedVersions(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg's
  const format = "${Package}:${Architecture} ${Version} ${db:Status-Status}\n";
  // Its exit code says only that some name is unknown, which is what we want to find out.
  if (names.length === 0) return new Map();
  const { error, stdout } = spawnSync("dpkg-query", ["-W", "-f", format, ...names], { encoding: "utf8" });
  if (error) return undefined;
  const native = new RegExp(
    `:(${execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim()}|all)$`,
  );
  const packages = stdout.split("\n").map((line) => line.split(" "));
  const installed = packages.filter(([, , status]) => status === "installed");
  return new Map(installed.map(([name, version]) => [name.replace(native, ""), version]));
}
