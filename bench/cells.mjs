// What is measured.

/**
 * How many publishes a program has outstanding, the same for every client. With this many each of them is about as fast as
 * it gets: fewer slow mqtt-native down, more MQTT.js at QoS 0. Of 64 KiB the smaller number is better for both.
 */
const windowOf = (size) => (size >= 65_536 ? 100 : 256);
const kinds = ["receive", "publish"];
const qualities = [0, 1, 2];
const sizes = [16, 256, 4096, 65_536];
const both = ["mqtt-native", "MQTT.js"];

const throughput = kinds.flatMap((kind) =>
  qualities.flatMap((qos) =>
    sizes.map((size) => ({
      name: `${kind}-${qos}-${size}`,
      kind,
      qos,
      size,
      topics: 1,
      window: windowOf(size),
      // MQTT.js has no such limit
      ...(kind === "publish" && qos > 0 && { inflight: windowOf(size) }),
      contenders: both,
      quick: qos < 2 && (size === 16 || size === 4096),
    })),
  ),
);

/** With the limit that mqtt-native has by default: 20 messages under way. */
const defaultInflight = [1, 2].map((qos) => ({
  name: `publish-${qos}-16-default`,
  kind: "publish",
  qos,
  size: 16,
  window: windowOf(16),
  contenders: both,
  quick: qos === 1,
}));

const manyTopics = [0, 1].map((qos) => ({
  name: `receive-${qos}-16-1000-topics`,
  kind: "receive",
  qos,
  size: 16,
  topics: 1000,
  contenders: both,
}));

const roundTrips = [0, 1].map((qos) => ({
  name: `round-trip-${qos}`,
  kind: "round-trip",
  qos,
  size: 64,
  contenders: [...both, "MQTT.js, TCP_NODELAY"],
  quick: true,
}));

const connects = [100].map((count) => ({
  name: `connect-${count}`,
  kind: "connect",
  count,
  contenders: both,
  quick: true,
}));

export const cells = [...throughput, ...defaultInflight, ...manyTopics, ...roundTrips, ...connects];
