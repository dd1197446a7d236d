// Who is compared. A variant is a contender with an option that its users would have to know of.

/**
 * `module`: a client for Node, loaded into the measuring process. `program`: one of our own in build/bench/bin that
 * measures by itself. `optional`: has to be asked for with --with. `takesPart`: whether a cell is for it.
 */
export const contenders = {
  "mqtt-native": { module: "./mqtt-native.mjs", takesPart: () => true },
  "MQTT.js": { module: "./mqtt-js.mjs", takesPart: () => true },
  "MQTT.js, TCP_NODELAY": {
    module: "./mqtt-js.mjs",
    options: { noDelay: true },
    takesPart: ({ kind }) => kind === "round-trip",
  },
  // It cannot do QoS 2.
  "aws-crt": { module: "./aws-crt.mjs", optional: true, takesPart: ({ qos }) => qos !== 2 },
  // The archive that the addon is made of has no TLS, and C has no event loop that could be busy. A thousand idle clients
  // would take it ten seconds to connect.
  "Paho C": {
    program: "paho-c",
    takesPart: ({ tls, busy, idle, kind, inflight }) =>
      !tls && !busy && !idle && (kind !== "publish" || inflight !== "default"),
  },
  // One client, as fast as sockets are: what the broker stand-in could do.
  "raw sockets": {
    program: "raw-peer",
    takesPart: ({ kind, variant }) =>
      kind !== "connect" && (variant === "plain" || variant === "back-to-back"),
  },
};

/** The names of those that a cell is for. `extra`: the optional ones that were asked for. */
export function contendersOf(cell, extra = []) {
  return Object.entries(contenders)
    .filter(([name, { optional, takesPart }]) => takesPart(cell) && (!optional || extra.includes(name)))
    .map(([name]) => name);
}

/** The client of a contender, its options applied. */
export async function client(name) {
  const { module, options } = contenders[name];
  const { connect, ...rest } = await import(module);
  return { ...rest, connect: (broker, more) => connect(broker, { ...options, ...more }) };
}
