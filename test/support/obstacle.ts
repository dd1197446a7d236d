import { execFileSync } from "node:child_process";

/** Tries a command. Returns the reason why it cannot run here, or undefined when it can. */
export function obstacleTo([command = "", ...args]: string[]): string | undefined {
  try {
    execFileSync(command, args, { stdio: "pipe" });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    return stderr?.toString().trim() || message;
  }
}
