// Creates a network for the benchmark: a network namespace at the end of a pair of virtual Ethernet devices.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { program } from "../../scripts/services.mjs";

const prefix = "mqtt-native-bench-";

/**
 * Creates the network. `address` is an IPv4 address inside it, and `within` is the beginning of a command line that
 * runs there. `remove` removes the network, as do the end of this process and its signals. Throws an Error with the
 * reason when the system permits no network.
 */
export function createNetwork() {
  removeAbandoned();
  const network = namesOf(process.pid);
  const { namespace, near, far } = network;
  const [nearAddress, address] = freeAddresses();
  const inside = ["-netns", namespace];
  try {
    ip("netns", "add", namespace);
    ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", namespace);
    ip("address", "add", `${nearAddress}/30`, "dev", near);
    ip("link", "set", near, "up");
    ip(...inside, "address", "add", `${address}/30`, "dev", far);
    ip(...inside, "link", "set", "lo", "up");
    ip(...inside, "link", "set", far, "up");
    ip("netns", "exec", namespace, "true");
  } catch (error) {
    remove(network);
    throw error;
  }
  const end = () => remove(network);
  process.once("exit", end);
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  return {
    address,
    within: [program("ip", "iproute2"), "netns", "exec", namespace],
    remove() {
      process.off("exit", end);
      end();
    },
  };
}

/** The names of devices have at most 15 characters. */
const namesOf = (process) => ({
  namespace: `${prefix}${process}`,
  near: `mqb-n-${process}`,
  far: `mqb-f-${process}`,
});

/** Removes the device as well, because the namespace outlives its removal while a process there is ending. */
function remove({ namespace, near }) {
  for (const words of [
    ["link", "delete", near],
    ["netns", "delete", namespace],
  ]) {
    try {
      ip(...words);
    } catch {
      // The device or namespace did not exist.
    }
  }
}

/** Removes networks of benchmarks that were killed. */
function removeAbandoned() {
  const names = ip("netns", "list").matchAll(new RegExp(`^${prefix}(\\d+)`, "gm"));
  for (const [, owner] of names) {
    if (owner === `${process.pid}` || !existsSync(`/proc/${owner}`)) remove(namesOf(owner));
  }
}

/**
 * Returns two neighbouring addresses of 198.18.0.0/15, a range for benchmarks (RFC 2544), to which no device has a
 * route. The search starts at a place that depends on this process, because another benchmark may search at the same
 * time.
 */
function freeAddresses() {
  const count = 2 ** 15; // networks of four addresses
  for (let i = 0; i < count; i++) {
    const network = 4 * ((process.pid + i) % count);
    const addressAt = (offset) =>
      `198.${18 + (network >> 16)}.${(network >> 8) & 255}.${(network & 255) + offset}`;
    if (ip("route", "show", "match", addressAt(0), "table", "all").split("\n").every(isDefault))
      return [addressAt(1), addressAt(2)];
  }
  throw new Error("198.18.0.0/15 is in use");
}

const isDefault = (route) => route === "" || /^(?:\w+ )?default\b/.test(route);

/** Runs `ip` and returns its output. Throws an Error with its message. */
function ip(...words) {
  try {
    return execFileSync(program("ip", "iproute2"), words, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    throw new Error(`ip ${words.join(" ")}: ${error.stderr?.trim() || error.message}`);
  }
}
