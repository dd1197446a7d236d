import { parseArgs } from "node:util";
import { type Protocol, protocols, type TransportName, transports } from "./terms.ts";

export interface Options {
  /** Names of brokers; none for all. */
  readonly brokers: readonly string[];
  /** Texts, one of which a check's name or group must have; none for all. */
  readonly only: readonly string[];
  readonly protocols: readonly Protocol[];
  readonly transports: readonly TransportName[];
  readonly packets: boolean;
  /** Whether nothing is left out. */
  readonly everything: boolean;
  readonly write: boolean;
}

/** Takes the command line apart, which scripts/brokers.mjs has checked. */
export function readOptions(args: readonly string[]): Options {
  const several = { type: "string", multiple: true, default: [] as string[] } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { only: several, protocol: several, transport: several, packets: flag, write: flag },
  });
  const chosen = <Name extends string>(names: readonly Name[], words: readonly string[]) =>
    names.filter((name) => words.length === 0 || words.includes(name));
  return {
    ...{ brokers: positionals, only: values.only, packets: values.packets, write: values.write },
    everything: args.every((word) => word === "--write"),
    protocols: chosen(protocols, values.protocol),
    transports: values.packets ? ["tcp"] : chosen(transports, values.transport),
  };
}
