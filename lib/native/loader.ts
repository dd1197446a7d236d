import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { isError } from "../util/thrown.ts";
import type { Platform } from "./platform.ts";

export interface Surroundings<Addon> {
  /** The package's folder; undefined if it is unknown in a bundle. */
  root: string | undefined;
  machine: Platform;
  /** The file of the environment variable MQTT_NATIVE_ADDON, which replaces all others. */
  override: string | undefined;
  load: (file: string) => Addon;
}

/** A candidate file, and the reason why it was not loaded. */
interface Attempt {
  file: string;
  failure: unknown;
}

const name = "mqtt_native";
const neededNodeApi = 9;

/** Loads the first candidate that exists. Throws an error with the causes and with advice. */
export function loadAddon<Addon>(surroundings: Surroundings<Addon>): Addon {
  const attempts: Attempt[] = [];
  for (const file of candidates(surroundings)) {
    const failure = existsSync(file) ? undefined : "not there";
    attempts.push({ file, failure });
    if (failure) continue;
    try {
      return surroundings.load(file);
    } catch (error) {
      attempts[attempts.length - 1] = { file, failure: error };
      break; // an existing file is meant to be used
    }
  }
  const cause = attempts.at(-1)?.failure;
  throw new Error(diagnosis(surroundings, attempts), isError(cause) ? { cause } : {});
}

/** Returns the candidate files in order of precedence. */
function candidates({ root, machine, override }: Surroundings<unknown>): string[] {
  if (override) return [resolve(override)];
  if (!root) return [];
  const { platform, architecture, libc } = machine;
  const file = libc ? `${name}.${libc}.node` : `${name}.node`;
  return [
    join(root, "build", "Release", `${name}.node`),
    join(root, "prebuilds", `${platform}-${architecture}`, file),
  ];
}

function diagnosis(surroundings: Surroundings<unknown>, attempts: Attempt[]): string {
  const { machine } = surroundings;
  const lines = [`mqtt-native cannot load its addon on ${description(machine)}.`];
  if (attempts.length > 0) lines.push("It looked for");
  for (const { file, failure } of attempts) lines.push(`  ${file}: ${text(failure)}`);
  return [...lines, ...advice(surroundings, attempts)].join("\n");
}

function description({ platform, architecture, libc, libcVersion, runtime }: Platform): string {
  const library = libc ? ` (${[libc, libcVersion()].filter(Boolean).join(" ")})` : "";
  return `${platform}-${architecture}${library} with ${runtime}`;
}

function text(failure: unknown): string {
  const message = isError(failure) ? failure.message : String(failure);
  return message.split("\n", 1)[0] ?? "";
}

/** Returns advice for the error, if there is any. */
function advice({ root, machine, override }: Surroundings<unknown>, attempts: Attempt[]): string[] {
  const { failure } = attempts.at(-1) ?? {};
  if (isError(failure) && "code" in failure && failure.code === "ERR_DLOPEN_DISABLED")
    return ["Addons are disabled: start without --no-addons and, with --permission, with --allow-addons."];
  if (machine.nodeApi < neededNodeApi)
    return ["This version has no Node-API 9, which the addon needs: use Node.js 20.19 or newer."];
  if (override) return ["The environment variable MQTT_NATIVE_ADDON names that file."];
  const script = root && join(root, "scripts", "build-from-source.mjs");
  if (!script || !existsSync(script))
    return ["Its code is no longer in the package's folder: in a bundle, mark mqtt-native as external."];
  const glibc = /GLIBC_([\d.]+)' not found/.exec(text(failure));
  return [
    ...(glibc ? [`That binary is for machines with glibc ${glibc[1]} or newer.`] : []),
    `Prebuilt are: ${prebuilt(root) || "none in this installation"}.`,
    "With a C++ compiler, CMake and the static libraries of Paho C and OpenSSL, this builds it for this machine:",
    `  node ${JSON.stringify(script)}`,
  ];
}

/** Returns the prebuilt binaries, as in "linux-arm64 (glibc), linux-x64 (glibc)". */
function prebuilt(root: string): string {
  const folder = join(root, "prebuilds");
  if (!existsSync(folder)) return "";
  const found = readdirSync(folder).flatMap((target) =>
    readdirSync(join(folder, target)).map((file) => {
      const [, libc] = /\.(\w+)\.node$/.exec(file) ?? [];
      return libc ? `${target} (${libc})` : target;
    }),
  );
  return found.sort().join(", ");
}
