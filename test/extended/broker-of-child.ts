import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { KilledMosquitto } from "../support/killed-mosquitto.ts";

/**
 * Runs a script of test/extended/children that asks its parent to kill and to start its broker. Returns the JSON that
 * it prints.
 */
export async function runWithBroker<T>(script: string, args: readonly string[]): Promise<T> {
  await using broker = await KilledMosquitto.start({ persistence: false });
  const path = fileURLToPath(new URL(`children/${script}`, import.meta.url));
  const stdio = ["ignore", "pipe", "inherit", "ipc"] as const;
  const child = spawn(process.execPath, ["--expose-gc", path, ...args], { stdio: [...stdio] });
  child.on("message", async (what) => {
    if (what === "kill") await broker.kill();
    if (what === "start") await broker.restart();
    child.send(what === "url" ? broker.url : "done");
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(child, "close");
  return JSON.parse(output) as T;
}
