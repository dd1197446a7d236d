import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../../lib/index.ts";
import { CLIENT_OPTIONS } from "../../../lib/options/client-options.ts";
import { parseTarget } from "../../support/parse-target.ts";

/** Returns the text of the error about an unknown option, without the list of all options. */
function saidOf(options: object): string {
  try {
    parseTarget("broker", options);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as TypeError).message.replace(/[.;]? [Tt]here are .*/, "");
  }
  return "taken";
}

describe("an option of MQTT.js", () => {
  test.each([
    ["clientId", "identifier"],
    ["clean", "cleanSession, or cleanStart on MQTT 5"],
    ["protocolVersion", "protocol, such as ProtocolVersion.V5"],
    ["protocolId", "protocol, such as ProtocolVersion.V31 for MQIsdp"],
    ["keepAlive", "keepalive"],
    ["ca", "tlsContext.ca"],
    ["cert", "tlsContext.cert"],
    ["key", "tlsContext.key"],
    ["pfx", "tlsContext.pfx"],
    ["passphrase", "tlsContext.passphrase"],
    ["rejectUnauthorized", "tlsContext.rejectUnauthorized"],
    ["servername", "tlsContext.servername"],
    ["ALPNProtocols", "tlsContext.ALPNProtocols"],
    ["minVersion", "tlsContext.minVersion"],
    ["host", "the first argument, a host name, an address or a URL"],
    ["hostname", "the first argument, a host name, an address or a URL"],
    ["path", "websocketPath"],
    ["wsOptions", "websocketHeaders or tlsContext"],
    ["log", "logger"],
    ["unixSocket", 'transport: "unix"'],
    ["socksProxy", "proxy"],
    ["sessionExpiryInterval", "properties.sessionExpiryInterval"],
    ["reconnectPeriod", "reconnect.minDelay and reconnect.maxDelay, in seconds"],
    ["queueQoSZero", "whileDisconnected"],
    ["servers", "the first argument, an array of addresses"],
  ])("%s: did you mean %s?", (name, ours) => {
    expect(saidOf({ [name]: 1 })).toBe(`There is no option ${name}: did you mean ${ours}?`);
  });

  test.each([
    ["resubscribe", /With reconnect the client renews its subscriptions when the broker has lost them/],
  ])("%s has no counterpart, and that is said", (name, text) => {
    expect(saidOf({ [name]: 1 })).toMatch(text);
  });

  test("each has a name here, a counterpart, or a sentence that says why there is none", () => {
    const declarations = readFileSync(
      new URL("../../../node_modules/mqtt/build/lib/client.d.ts", import.meta.url),
      "utf8",
    );
    const names = [
      ...declarations.matchAll(/interface I(?:Secure)?ClientOptions .*\{\n([\s\S]*?)\n\}/g),
    ].flatMap(([, body = ""]) => [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, name = ""]) => name));
    expect(names).toEqual(expect.arrayContaining(["clientId", "rejectUnauthorized", "timerVariant"]));
    const silent = names
      .filter((name) => !(name in CLIENT_OPTIONS))
      .filter((name) => saidOf({ [name]: 1 }) === `There is no option ${name}`);
    expect(silent).toEqual(["my"]); // which it has for its users' own use
  });

  test("a protocol is a version here", () => {
    expect(() => new Client("broker", { protocol: "mqtts" as unknown as ProtocolVersion })).toThrow(
      "Option protocol must be one of ProtocolVersion, not 'mqtts'; a scheme belongs in a URL: mqtts://host",
    );
  });
});

test.each([
  ["queue_type", "queueType"],
  ["clean_session", "cleanSession"],
  ["bind_address", "bindAddress"],
  ["bind_port", "bindPort"],
  ["clean_start", "cleanStart"],
  ["max_queued_incoming_messages", "maxQueuedIncomingMessages"],
  ["max_queued_outgoing_messages", "maxQueuedOutgoingMessages"],
  ["max_inflight_messages", "maxInflightMessages"],
  ["max_concurrent_outgoing_calls", "maxConcurrentOutgoingCalls"],
  ["tls_context", "tlsContext"],
  ["tls_params", "tlsParams"],
  ["tls_insecure", "tlsInsecure"],
  ["socket_options", "socketOptions"],
  ["websocket_path", "websocketPath"],
  ["websocket_headers", "websocketHeaders"],
  ["client_id", "identifier"],
])("%s of Python is %s here", (name, ours) => {
  expect(saidOf({ [name]: 1 })).toBe(`There is no option ${name}: did you mean ${ours}?`);
});

test("each option that is named as a counterpart exists", () => {
  const names = ["clientid", "wsoptions", "clean", "log", "keypath", "lwt", "localaddress", "transformwsurl"];
  for (const name of names) {
    const [, meant = ""] = /did you mean (.*)\?$/.exec(saidOf({ [name]: 1 })) ?? [];
    const [first = ""] = meant.split(/[^\w]/);
    expect(CLIENT_OPTIONS).toHaveProperty(first);
  }
});

test.each([
  [{ will: { topic: "t", message: "x" } }, "There is no will.message: did you mean payload?"],
  [
    { will: { topic: "t", willDelayInterval: 1 } },
    "There is no will.willDelayInterval: did you mean properties.willDelayInterval?",
  ],
  [{ will: { topic: "t", retian: true } }, "There is no will.retian: did you mean retain?"],
  [{ proxy: { type: "http" } }, "There is no proxy.type: did you mean proxyType?"],
  [{ proxy: { proxy_addr: "p" } }, "There is no proxy.proxy_addr: did you mean proxyAddr?"],
  [
    { tlsContext: { certfile: "x" } },
    "There is no tlsContext.certfile: did you mean cert, which has contents?",
  ],
  [
    { tlsContext: { rejectUnauthorised: false } },
    "There is no tlsContext.rejectUnauthorised: did you mean rejectUnauthorized?",
  ],
  [
    { tlsContext: { key: { pem: "", pass: "" } } },
    "There is no tlsContext.key.pass: did you mean passphrase?",
  ],
  [{ tlsParams: { ca_certs: "x" } }, "There is no tlsParams.ca_certs: did you mean caCerts?"],
  [{ tlsParams: { ca: "x" } }, "There is no tlsParams.ca: did you mean caCerts, a file name?"],
])("%j", (options, message) => {
  expect(saidOf(options)).toBe(message);
});

test("unknown options of calls and unknown properties are refused with a suggestion", async () => {
  const client = new Client("broker", { protocol: ProtocolVersion.V5 });
  const saying = (text: string) =>
    expect.objectContaining({ name: "TypeError", message: expect.stringContaining(text) });
  const wrong = (options: object) => options as never;
  await expect(client.publish("t", "", wrong({ dup: true }))).rejects.toEqual(
    saying("There is no option dup. It is set by the client when a message is sent again. There are qos, "),
  );
  await expect(client.publish("t", "", wrong({ contentType: "x" }))).rejects.toEqual(
    saying("option contentType: did you mean properties.contentType?"),
  );
  await expect(client.subscribe("t", wrong({ nl: true }))).rejects.toEqual(
    saying("nl: did you mean noLocal?"),
  );
  await expect(client.subscribe(["t", wrong({ rap: true })])).rejects.toEqual(
    saying("rap: did you mean retainAsPublished?"),
  );
  await expect(client.unsubscribe("t", wrong({ time_out: 1 }))).rejects.toEqual(
    saying("did you mean timeout?"),
  );
  await expect(client.connect(wrong({ timeOut: 1 }))).rejects.toEqual(saying("did you mean timeout?"));
  await expect(client.disconnect(wrong({ reason_code: 1 }))).rejects.toEqual(
    saying("did you mean reasonCode?"),
  );
  await expect(client.messages.next(wrong({ tiemout: 1 }))).rejects.toEqual(saying("did you mean timeout?"));
  await expect(client.publish("t", "", { properties: wrong({ responsetopic: "x" }) })).rejects.toEqual(
    saying("properties.responsetopic ('x') is not allowed in publish, only payloadFormatIndicator, "),
  );
  await expect(client.publish("t", "", { properties: wrong({ UserProperty: "x" }) })).rejects.toEqual(
    saying("; did you mean userProperties?"),
  );
});
