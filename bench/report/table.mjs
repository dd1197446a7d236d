// Tables in Markdown.

import { clients } from "../clients/index.mjs";
import { medianFor, ratioFor } from "./statistics.mjs";

export const ours = "mqtt-native";

/**
 * Makes a table with a row for each case that has the figure, and a column for each client. A figure has a `title`, its
 * `key` in results, a number of `digits` and a factor `scale`. An `alone` figure has no ratios.
 */
export function figureTable({ title, key, digits, scale = 1, alone = false }, outcomes) {
  const rows = outcomes.filter(({ results }) =>
    Object.values(results).some((those) => medianFor(those, key) !== undefined),
  );
  const clients = listClients(rows).filter((name) =>
    rows.some(
      ({ results, failures }) => medianFor(results[name], key) !== undefined || failed(failures, name),
    ),
  );
  if (rows.length === 0) return undefined;
  const compared = (name) => name !== ours && clients.includes(ours) && !alone && name !== "raw sockets";
  const head = ["case", ...clients.flatMap((name) => (compared(name) ? [name, "×"] : [name]))];
  const body = rows.map(({ testCase, results, failures }) => [
    testCase.name,
    ...clients.flatMap((name) => {
      const value = medianFor(results[name], key);
      const text = failed(failures, name)
        ? "failed"
        : number(value === undefined ? value : value * scale, digits);
      return compared(name) ? [text, times(ratioFor(results[ours], results[name], key))] : [text];
    }),
  ]);
  return table(title, head, body);
}

export const failed = (failures, name) => failures.some(({ client }) => client === name);

/** Lists clients in the order of their definition. */
export const listClients = (outcomes) =>
  Object.keys(clients).filter((name) =>
    outcomes.some(({ results, failures }) => name in results || failed(failures, name)),
  );

export const number = (value, digits) =>
  value === undefined
    ? "–"
    : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const times = (value) => (value === undefined ? "" : `${value.toPrecision(value < 1 ? 2 : 3)} ×`);

export function table(title, head, body, textColumns = head[1] === "client" ? 2 : 1) {
  const align = head.map((_, column) => (column < textColumns ? "---" : "---:"));
  const lines = [head, align, ...body].map((row) => `| ${row.join(" | ")} |`);
  return [`### ${title}`, "", ...lines].join("\n");
}
