import { describe, expect, test } from "vitest";
import { nearest, unknownMember } from "../../../lib/util/unknown-member.ts";

const NAMES = ["identifier", "keepalive", "maxInflightMessages", "port", "timeout", "username"];

describe("the nearest name", () => {
  test.each([
    ["keepAlive", "keepalive"],
    ["keep_alive", "keepalive"],
    ["KEEPALIVE", "keepalive"],
    ["max_inflight_messages", "maxInflightMessages"],
    ["tiemout", "timeout"], // swapped
    ["timout", "timeout"], // left out
    ["timmeout", "timeout"], // added
    ["timeouz", "timeout"], // changed
    ["usrnmae", "username"],
    ["prot", "port"],
    ["maxInflight", "maxInflightMessages"], // the beginning
    ["user", "username"],
  ])("the nearest name to %s is %s", (name, expected) => {
    expect(nearest(name, NAMES)).toBe(expected);
  });

  test.each([
    "",
    "_",
    "x",
    "qos",
    "host",
    "retain",
    "use",
    "message",
    "x".repeat(65),
    "timeout".repeat(1000),
  ])("no name is near %s", (name) => {
    expect(nearest(name, NAMES)).toBeUndefined();
  });

  test("the first of several names that are as near counts", () => {
    expect(nearest("caa", ["cab", "cac"])).toBe("cab");
    expect(nearest("websocket", ["websocketPath", "websocketHeaders"])).toBeUndefined();
    expect(nearest("proxyUser", ["proxyAddr", "proxyUsername"])).toBe("proxyUsername"); // the beginning counts more
  });
});

test.each([
  ["nothing", "There is no option nothing; there are identifier, timeout"],
  ["time_out", "There is no option time_out: did you mean timeout? There are identifier, timeout"],
  ["clientId", "There is no option clientId: did you mean identifier? There are identifier, timeout"],
  ["client_id", "There is no option client_id: did you mean identifier? There are identifier, timeout"],
  ["store", "There is no option store. Nothing is stored. There are identifier, timeout"],
  ["toString", "There is no option toString; there are identifier, timeout"],
])("%s", (member, message) => {
  const counterparts = { clientid: "identifier", store: "Nothing is stored." };
  expect(unknownMember(`option ${member}`, member, ["identifier", "timeout"], counterparts)).toBe(message);
});
