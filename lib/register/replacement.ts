import { fileURLToPath } from "node:url";
import { debuglog } from "node:util";
import { findPackage, type InstalledPackage } from "./installed-package.ts";

/** The name by which programs load MQTT.js. */
const NAME = "mqtt";
/** The version of MQTT.js whose interface is offered. */
const MAJOR = "5";

const log = debuglog("mqtt-native");

/** The decisions by folder: a program may have several packages of the name. */
const decisions = new Map<string, boolean>();

/**
 * Whether ours takes the place of a file that was found for `specifier`. That is so for `mqtt` without a subpath, if
 * the file is of a package with this name and of version 5. `MQTT_NATIVE_REPLACE=all` extends it to all versions.
 */
export function isReplaced(specifier: string, file: string): boolean {
  if (specifier !== NAME) return false;
  const found = findPackage(file);
  if (found?.name !== NAME) return false;
  let decision = decisions.get(found.folder);
  if (decision === undefined) {
    decision = decide(found);
    decisions.set(found.folder, decision);
  }
  return decision;
}

/** As `isReplaced`, for the URL of a module. */
export function isReplacedUrl(specifier: string, url: string): boolean {
  if (specifier !== NAME || !url.startsWith("file:")) return false;
  return isReplaced(specifier, fileURLToPath(url));
}

function decide({ folder, version }: InstalledPackage): boolean {
  const replaced = process.env["MQTT_NATIVE_REPLACE"] === "all" || /^v?(\d+)\./.exec(version)?.[1] === MAJOR;
  log("%s mqtt %s in %s", replaced ? "replaced" : "left alone", version || "without a version", folder);
  return replaced;
}
