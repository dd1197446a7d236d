import type { Fault } from "./brokers/kind.ts";
import type { RunningBroker } from "./brokers/running-broker.ts";
import type { Check } from "./check.ts";
import { Context } from "./context.ts";
import type { Outcome, Result } from "./outcome.ts";
import { PacketLog } from "./packets/packet-log.ts";
import type { Column } from "./terms.ts";

/** Milliseconds for one check. */
const PATIENCE = 60_000;

let runs = 0;

/** Runs one check, whatever becomes of it. */
export async function runCheck(
  check: Check,
  column: Column,
  broker: RunningBroker,
  withPackets: boolean,
): Promise<Result> {
  const { group, name } = check;
  const begin = performance.now();
  const result = (outcome: Outcome, packets: readonly string[] = []): Result => ({
    ...{ ...column, group, name, outcome, packets },
    seconds: (performance.now() - begin) / 1_000,
  });
  const absent = check.needs.map((feature) => broker.kind.lacks[feature]).find(Boolean);
  if (absent) return result({ kind: "absent", reason: absent });
  const log = withPackets ? await PacketLog.to({ host: broker.host, port: broker.port("tcp") }) : undefined;
  const error = await failureOf(check, new Context(broker, column, `${++runs}`, log));
  await log?.[Symbol.asyncDispose]();
  return result(judge(findFault(check, column, broker), error), log?.lines);
}

async function failureOf(check: Check, t: Context): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      check.run(t),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done after ${PATIENCE / 1_000} s`)), PATIENCE);
      }),
    ]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
    await t[Symbol.asyncDispose]();
  }
}

function findFault(
  { name }: Check,
  { protocol, transport }: Column,
  { kind }: RunningBroker,
): Fault | undefined {
  return kind.faults.find(
    ({ check, protocols = [protocol], transports = [transport] }) =>
      check === name && protocols.includes(protocol) && transports.includes(transport),
  );
}

function judge(fault: Fault | undefined, error: Error | undefined): Outcome {
  if (error)
    return fault?.error.test(error.message)
      ? { kind: "known fault", fault, error }
      : { kind: "failed", error };
  return fault && !fault.sometimes ? { kind: "unexpected pass", fault } : { kind: "passed", fault };
}
