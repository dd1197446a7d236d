// A network of the benchmark's own: a namespace that a pair of virtual Ethernet devices leads to.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { program } from "../../scripts/services.mjs";

const prefix = "mqtt-native-bench-";

/**
 * Makes the network. `address` is an IPv4 address inside, `within` what a command line begins with that runs there.
 * `remove` ends the network; so do the end of this process and the signals that ask for it. Throws an Error with the
 * reason where there can be none.
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

/** Names of devices have 15 characters at most. */
const namesOf = (process) => ({
  namespace: `${prefix}${process}`,
  near: `mqb-n-${process}`,
  far: `mqb-f-${process}`,
});

/** The device goes with its namespace, but not while a process that runs there is still ending. */
function remove({ namespace, near }) {
  for (const words of [
    ["link", "delete", near],
    ["netns", "delete", namespace],
  ]) {
    try {
      ip(...words);
    } catch {
      // It was not there.
    }
  }
}

/** A benchmark that was killed leaves its network behind. */
function removeAbandoned() {
  const names = ip("netns", "list").matchAll(new RegExp(`^${prefix}(\\d+)`, "gm"));
  for (const [, owner] of names) {
    if (owner === `${process.pid}` || !existsSync(`/proc/${owner}`)) remove(namesOf(owner));
  }
}

/**
 * Two neighbours of 198.18.0.0/15, which is meant for benchmarks (RFC 2544), that no device has a route to. The search
 * begins at a place of this process, since another benchmark may search at the same time.
 */
function freeAddresses() {
  const count = 2 ** 15; // of networks with four addresses
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

/** Runs `ip`, quietly; throws an Error with what it says. */
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
