import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A plugin that adds enhanced authentication with the method "sum" to mosquitto; see enhanced-authentication.c. */
export interface AuthenticationPlugin extends Disposable {
  /** Lines for mosquitto.conf. */
  readonly config: readonly string[];
}

/** Compiles the plugin. */
export function authenticationPlugin(): AuthenticationPlugin {
  const directory = mkdtempSync(join(tmpdir(), "mqtt-native-plugin-"));
  const plugin = join(directory, "authentication.so");
  const source = fileURLToPath(new URL("enhanced-authentication.c", import.meta.url));
  execFileSync("cc", ["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", plugin, source]);
  return {
    config: [`plugin ${plugin}`],
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** The answer of a client to a challenge of the method "sum": "42" to "12+30". */
export const sum = (question: Buffer): string =>
  String(
    question
      .toString()
      .split("+")
      .reduce((total, number) => total + Number(number), 0),
  );
