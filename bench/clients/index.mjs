// Who is compared. A variant is a client with an option that its users would have to know of.

/**
 * `module`: a client for Node, loaded into the measuring process. `program`: one of our own in build/bench/bin that
 * measures by itself. `optional`: has to be asked for with --with. `isBefore`: is another build of this package, which
 * --compare names. `takesPart`: whether a cell is for it.
 */
export const clients = {
  "mqtt-native": { module: "./mqtt-native.mjs", takesPart: () => true },
  "mqtt-native, before": { module: "./mqtt-native.mjs", isBefore: true, takesPart: () => true },
  "MQTT.js": { module: "./mqtt-js.mjs", takesPart: () => true },
  "MQTT.js, TCP_NODELAY": {
    module: "./mqtt-js.mjs",
    options: { noDelay: true },
    takesPart: ({ kind, network }) => kind === "round-trip" || network,
  },
  // It cannot do QoS 2.
  "aws-crt": { module: "./aws-crt.mjs", optional: true, takesPart: ({ qos }) => qos !== 2 },
  // The archive that the addon is made of has no TLS, and C has no event loop that could be busy. A thousand idle clients
  // would take it ten seconds to connect.
  "Paho C": {
    program: "paho-c",
    takesPart: ({ tls, busy, idle, network, kind, inflight }) =>
      !tls && !busy && !idle && !network && (kind !== "publish" || inflight !== "default"),
  },
  // One client, as fast as sockets are: what the broker mock-broker could do.
  "raw sockets": {
    program: "raw-peer",
    takesPart: ({ kind, variant }) =>
      kind !== "connect" && (variant === "plain" || variant === "back-to-back"),
  },
};

/** The names of those that a cell is for. `extra`: the optional ones that were asked for. `before`: a folder, if given. */
export function selectClients(cell, extra = [], before = undefined) {
  return Object.entries(clients)
    .filter(([name, { optional, isBefore, takesPart }]) => {
      const isThere = (!optional || extra.includes(name)) && (!isBefore || before !== undefined);
      return isThere && takesPart(cell);
    })
    .map(([name]) => name);
}

/** The client of a client, its options applied. `before`: the folder of the build that --compare names. */
export async function client(name, before) {
  const { module, options, isBefore } = clients[name];
  const { load, ...own } = await import(module);
  const { connect, ...rest } = load ? await load(isBefore ? before : undefined) : own;
  return { ...rest, connect: (broker, more) => connect(broker, { ...options, ...more }) };
}
