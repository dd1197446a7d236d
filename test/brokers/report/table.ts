import type { BrokerKind, Fault } from "../brokers/kind.ts";
import type { Check } from "../check.ts";
import type { Result } from "../outcome.ts";
import type { Protocol } from "../terms.ts";

/** A broker of a run, its version and its results. */
export interface BrokerRun {
  readonly kind: BrokerKind;
  readonly version: string;
  readonly results: readonly Result[];
}

/** The numbers of faults: each has one, in the order of brokers. */
export type Numbers = ReadonlyMap<Fault, number>;

export function numberFaults(runs: readonly BrokerRun[]): Numbers {
  return new Map(runs.flatMap(({ kind }) => kind.faults).map((fault, index) => [fault, index + 1]));
}

/** One row for each check, one column for each version of MQTT of each broker. */
export function tableOf(runs: readonly BrokerRun[], checks: readonly Check[], numbers: Numbers): string {
  const columns = runs.flatMap((each) => each.kind.protocols.map((protocol) => ({ ...each, protocol })));
  const titles = columns.map(({ kind, protocol }) => `${kind.title} ${protocol}`);
  const lines = [
    row("", titles),
    row(
      "---",
      titles.map(() => ":-:"),
    ),
  ];
  let group = "";
  for (const check of checks) {
    if (check.group !== group)
      lines.push(
        row(
          `**${check.group}**`,
          titles.map(() => ""),
        ),
      );
    group = check.group;
    const cells = columns.map(({ results, protocol }) =>
      cellOf(resultsOf(results, check, protocol), numbers),
    );
    lines.push(row(check.name, cells));
  }
  return lines.join("\n");
}

const row = (name: string, cells: readonly string[]) => `| ${[name, ...cells].join(" | ")} |`;

const resultsOf = (results: readonly Result[], { group, name }: Check, protocol: Protocol) =>
  results.filter((each) => each.group === group && each.name === name && each.protocol === protocol);

/** One sign when all transports agree, else one for each of them. */
function cellOf(results: readonly Result[], numbers: Numbers): string {
  const signs = results.map((result) => ({ transport: result.transport, sign: signOf(result, numbers) }));
  const [first = ""] = signs.map(({ sign }) => sign);
  if (signs.every(({ sign }) => sign === first)) return first;
  return signs.map(({ transport, sign }) => `${transport}: ${sign}`).join(", ");
}

function signOf({ outcome }: Result, numbers: Numbers): string {
  switch (outcome.kind) {
    case "absent":
      return "–";
    case "failed":
      return "✗";
    case "known fault":
    case "unexpected pass":
      return `[${numbers.get(outcome.fault)}]`;
    case "passed":
      return outcome.fault ? `[${numbers.get(outcome.fault)}]` : "✓";
  }
}
