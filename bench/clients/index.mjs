// The compared clients. A variant is a client with an option that users would have to know.

import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * `module` is a client for Node, loaded into the measuring process. `program` is a program in build/bench/bin that
 * measures itself. `optional` clients need --with. `isBefore` marks another build of this package, which --compare
 * names. `takesPart` says whether the client is measured in a case.
 */
export const clients = {
  "mqtt-native": { module: "./mqtt-native.mjs", takesPart: () => true },
  "mqtt-native, before": { module: "./mqtt-native.mjs", isBefore: true, takesPart: () => true },
  "mqtt-native, busyPoll": {
    module: "./mqtt-native.mjs",
    options: { busyPoll: true },
    optional: true,
    takesPart: ({ kind, mqttjs }) => ["round-trip", "request", "call"].includes(kind) && !mqttjs,
  },
  // It has no streams, and acknowledges after the handlers have run.
  "MQTT.js": { module: "./mqtt-js.mjs", takesPart: ({ streams }) => !streams },
  "MQTT.js, TCP_NODELAY": {
    module: "./mqtt-js.mjs",
    options: { noDelay: true },
    takesPart: ({ kind, network }) => kind === "round-trip" || network,
  },
  "bare socket": {
    module: "./bare-socket.mjs",
    optional: true,
    takesPart: ({ kind, qos, network }) => network && qos < 2 && ["receive", "round-trip"].includes(kind),
  },
  // aws-crt has no QoS 2.
  "aws-crt": {
    module: "./aws-crt.mjs",
    optional: true,
    takesPart: ({ qos, streams, mqttjs, kind }) => qos !== 2 && !streams && !mqttjs && kind !== "call",
  },
  // The archive that the addon links has no TLS, and a C program has no event loop that could be busy. A thousand idle
  // clients would need ten seconds to connect.
  "Paho C": {
    program: "paho-c",
    takesPart: ({ tls, busy, idle, network, streams, mqttjs, kind, inflight }) =>
      !(tls || busy || idle || network || streams || mqttjs) &&
      (kind !== "publish" || inflight !== "default"),
  },
  // One client as fast as its sockets, which shows the limit of the mock broker.
  "raw sockets": {
    program: "raw-peer",
    takesPart: ({ kind, variant, mqttjs }) =>
      kind !== "connect" && !mqttjs && (variant === "plain" || variant === "back-to-back"),
  },
};

/**
 * The names of the clients for a case. `extra` has the optional ones that were requested. `before` is a folder, if
 * given.
 */
export function selectClients(testCase, extra = [], before = undefined) {
  return Object.entries(clients)
    .filter(([name, { optional, isBefore, takesPart }]) => {
      const isThere = isBefore ? hasBuild(before, testCase) : !optional || extra.includes(name);
      return isThere && takesPart(testCase);
    })
    .map(([name]) => name);
}

/** Whether a case can be measured with the build in a folder. Older builds have no interface of MQTT.js. */
const hasBuild = (folder, { mqttjs }) =>
  folder !== undefined && (!mqttjs || existsSync(join(folder, "dist/mqttjs/index.js")));

/**
 * Loads a client with its options for a case. `before` is the folder of the build that --compare names. In a case with
 * `mqttjs` each client runs the program of MQTT.js with a module of its own.
 */
export async function client(name, testCase, before) {
  const { module, options, isBefore } = clients[name];
  const { load, ...own } = await import(testCase.mqttjs ? "./mqtt-js.mjs" : module);
  const { connect, ...rest } = load ? await load(name, isBefore ? before : undefined) : own;
  return { ...rest, connect: (broker, more) => connect(broker, { ...options, ...more }) };
}
