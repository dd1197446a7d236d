import { writeFileSync } from "node:fs";
import { checkConnection } from "../connection/client-options.ts";
import type { Io } from "../frame/io.ts";
import { type Clients, connectClients, disconnectAll } from "./clients.ts";
import { LiveLine } from "./live-line.ts";
import { measure } from "./measurement.ts";
import { plot } from "./plot.ts";
import { summaryJson, summaryText } from "./report.ts";
import type { BenchSettings } from "./settings.ts";
import { stylesFor } from "./text.ts";

/** Makes a measurement, and prints its summary. Resolves to the exit code. */
export async function runBench(settings: BenchSettings, io: Io): Promise<number> {
  checkConnection(settings);
  const interrupt = new AbortController();
  const off = io.onInterrupt(() => interrupt.abort());
  const interrupted = new Promise<void>((resolve) =>
    interrupt.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  try {
    const clients = await connect(settings, io, interrupt.signal);
    if (clients === undefined) return interrupt.signal.aborted ? 0 : 1;
    const result = await measure(settings, clients, io, interrupted);
    off(); // a second Ctrl-C ends the process
    await disconnectAll(clients.all);
    const styles = stylesFor(io.output.isTerminal, io.env);
    io.output.write(settings.json ? summaryJson(settings, result) : summaryText(settings, result, styles));
    const { warning } = stylesFor(io.errors.isTerminal, io.env);
    for (const line of result.warnings) io.errors.write(`${warning(`Warning: ${line}`)}\n`);
    if (settings.svg !== undefined) writeFileSync(settings.svg, plot(settings, result));
    if (result.error === undefined) return 0;
    io.errors.write(`Error: ${formatError(result.error)}\n`);
    return 1;
  } catch (error) {
    io.errors.write(`Error: ${formatError(error)}\n`);
    return 1;
  } finally {
    off();
  }
}

/** Connects all clients. Returns undefined if that has failed, which it has printed then. */
async function connect(settings: BenchSettings, io: Io, signal: AbortSignal): Promise<Clients | undefined> {
  const live = new LiveLine(io);
  live.say("Connecting");
  try {
    return await connectClients(settings, signal);
  } catch (error) {
    live.clear();
    if (!signal.aborted) io.errors.write(`Error: ${formatError(error)}\n`);
    return undefined;
  } finally {
    live.clear();
  }
}

const formatError = (error: unknown): string => (error instanceof Error ? error.message : String(error));
