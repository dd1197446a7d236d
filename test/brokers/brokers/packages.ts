import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { program } from "../../../scripts/services.mjs";

/** The version of a Debian package whose program is there. Throws when the program is missing. */
export function debianVersion(name: string, fromPackage = name): string {
  program(name, fromPackage);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is dpkg's
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "${Version}", fromPackage], { encoding: "utf8" });
  return stdout === "" || stdout === null ? "of unknown version" : stdout;
}

/** Waits until dets, Erlang's tables on disk, has written what it holds back. It does so within about four seconds. */
export const detsWrites = (): Promise<void> => delay(6_000);
