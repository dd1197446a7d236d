// The form of commit messages is checked as CONTRIBUTING.md describes it.

import { expect, test } from "vitest";
import { faultsOfMessage } from "../../../scripts/checks/commit-form.mjs";

test.each([
  "session: resend publishes after a resumed connect",
  "net/tls: verify names\n\nThe reason.\n",
  "mqtt: bring back the limit of topic aliases",
  "test: feed the decoder with every prefix of a packet",
  `docs: ${"x".repeat(8)} ${"y".repeat(57)}`,
])("%j has the form", (message) => {
  expect(faultsOfMessage(message)).toEqual([]);
});

test.each([
  ["Resend publishes", ["does not begin with an area", "has no verb and object in lower case"]],
  ["session: Resend publishes", ["has no verb and object in lower case"]],
  ["session: resend", ["has no verb and object in lower case"]],
  ["session: resended publishes", ['has "resended" for an imperative']],
  ["session: resending publishes", ['has "resending" for an imperative']],
  ["session: resend publishes.", ["ends with a full stop"]],
  ["session: resend publishes\nThe reason.", ["is not followed by an empty line"]],
  [`docs: ${"x".repeat(8)} ${"y".repeat(58)}`, ["has 73 characters, of at most 72"]],
])("%j is refused", (message, faults) => {
  const found = faultsOfMessage(message);
  expect(found).toHaveLength(faults.length);
  for (const [index, fault] of faults.entries()) expect(found[index]).toContain(fault);
});
