// The cases of the benchmark. A case's name consists of its words, and each word selects it.

/**
 * The number of publishes that a program keeps in flight, for every client. Each client is about as fast with it as it
 * can be. A smaller number slows mqtt-native down, and a larger one slows MQTT.js down at QoS 0. At 64 KiB the smaller
 * number is better for both.
 */
const windowFor = (size) => (size >= 65_536 ? 100 : 256);
const sizes = { 16: "16B", 256: "256B", 4096: "4KiB", 65536: "64KiB" };

const product = (...lists) =>
  lists.reduce((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);

const throughput = (kind, qos, size, variant = "plain", more = {}) => ({
  kind,
  qos,
  size,
  variant,
  topics: 1,
  clients: 1,
  window: windowFor(size),
  ...more,
});
const roundTrip = (qos, variant, more = {}) => ({
  kind: "round-trip",
  qos,
  size: 64,
  variant,
  clients: 1,
  ...more,
});
const connect = (clients, variant, more = {}) => ({
  kind: "connect",
  clients,
  variant,
  ...more,
});

const plain = product(["receive", "publish"], [0, 1, 2], [16, 256, 4096, 65_536]).map((row) =>
  throughput(...row),
);
/** Cases with the default limit of mqtt-native, 20 messages in flight. MQTT.js has no such limit. */
const defaultWindow = [1, 2].map((qos) =>
  throughput("publish", qos, 16, "default-window", { inflight: "default" }),
);
const manyTopics = product(["receive", "publish"], [0, 1]).map(([kind, qos]) =>
  throughput(kind, qos, 16, "1000-topics", { topics: 1000 }),
);
const late = [1, 2].map((qos) => throughput("receive", qos, 16, "processed", { acknowledge: "processed" }));
/** Cases with so many streams, of which one gets the messages, on 1 000 topics in turn. */
const streams = product([0, 1], [1, 10_000]).map(([qos, streams]) =>
  throughput("receive", qos, 16, streams === 1 ? "1-stream" : `${streams}-streams`, {
    streams,
    topics: 1000,
  }),
);
const manyClients = product(
  [
    ["receive", 0],
    ["receive", 1],
    ["publish", 1],
  ],
  [100, 1000],
).map(([[kind, qos], clients]) =>
  throughput(kind, qos, 16, `${clients}-clients`, { clients, window: Math.max(256, clients) }),
);
const roundTrips = [0, 1].flatMap((qos) => [
  roundTrip(qos, "back-to-back"),
  roundTrip(qos, "paced", { paced: true }),
  roundTrip(qos, "busy", { paced: true, busy: true }),
  roundTrip(qos, "1000-idle", { idle: 1000 }),
]);
const connects = [
  connect(1, "1-client"),
  ...[100, 1000].map((clients) => connect(clients, `${clients}-clients`)),
];
const overTls = [
  ...product(["receive", "publish"], [0, 1], [16, 4096, 65_536]).map((row) =>
    throughput(...row, "tls", { tls: true }),
  ),
  ...[0, 1].map((qos) => roundTrip(qos, "tls", { tls: true })),
  connect(100, "tls", { tls: true }),
];

/**
 * Cases with mosquitto over a network. By default mosquitto accepts 20 publishes of QoS 2 at once, and reorders more.
 * `share` multiplies the seconds of a measurement and its warm-up.
 */
const overNetwork = (kind, qos, size, share, more = {}) => ({
  kind,
  qos,
  size,
  variant: "network",
  network: true,
  share,
  clients: 1,
  window: qos === 2 ? 20 : windowFor(size),
  ...more,
});
const network = [
  ...[0, 1, 2].map((qos) => overNetwork("round-trip", qos, 64, 0.6)),
  ...[1, 2].map((qos) => overNetwork("request", qos, 64, 0.6)),
  ...[0, 1, 2].map((qos) => overNetwork("call", qos, 64, 0.6, { hasRequests: true })),
  ...product(["pub-sub", "receive"], [0, 1], [1000, 5000, 20_000]).map(([kind, qos, rate]) =>
    overNetwork(kind, qos, 16, 0.8, { rate }),
  ),
  ...product(["pub-sub", "receive", "publish"], [0, 1, 2], [16, 4096]).map((row) => overNetwork(...row, 0.4)),
  ...product(["receive", "publish"], [0, 1], [65_536]).map((row) => overNetwork(...row, 0.4)),
];

/**
 * Cases that run the same program text with MQTT.js and with the interface of MQTT.js in mqtt-native. Only the name of
 * the module differs.
 */
const withInterface = (testCase) => ({ ...testCase, mqttjs: true });
const mqttjs = [
  ...product(["receive", "publish"], [0, 1], [16, 4096]).map((row) => throughput(...row)),
  ...[0, 1].map((qos) => roundTrip(qos, "back-to-back")),
  ...[100, 1000].map((clients) => connect(clients, `${clients}-clients`)),
].map(withInterface);

/** The cases of --quick without further words. */
const quick = new Set([
  "receive qos0 16B",
  "receive qos1 16B",
  "receive qos1 4KiB",
  "publish qos0 16B",
  "publish qos1 16B",
  "publish qos1 4KiB",
  "round-trip qos0 back-to-back",
  "round-trip qos1 back-to-back",
  "connect 100-clients",
  "round-trip qos1 network",
  "pub-sub qos1 16B 1000/s network",
]);

const toWords = ({ kind, qos, size, rate, variant, mqttjs }) => ({
  kind,
  ...(qos !== undefined && { qos: `qos${qos}` }),
  ...(size in sizes && { size: sizes[size] }),
  ...(rate !== undefined && { rate: `${rate}/s` }),
  variant,
  ...(mqttjs && { module: "mqttjs" }),
});
const toName = (words) =>
  Object.values(words)
    .filter((word) => word !== "plain")
    .join(" ");

export const cases = [
  ...plain,
  ...defaultWindow,
  ...manyTopics,
  ...late,
  ...streams,
  ...manyClients,
  ...roundTrips,
  ...connects,
  ...overTls,
  ...network,
  ...mqttjs,
].map((testCase) => {
  const words = toWords(testCase);
  const name = toName(words);
  return { name, words, quick: quick.has(name), ...testCase };
});

/** All words, by their facet. */
export const vocabulary = Object.fromEntries(
  ["kind", "qos", "size", "rate", "variant", "module"].map((facet) => [
    facet,
    [...new Set(cases.map(({ words }) => words[facet]))].filter(Boolean),
  ]),
);

/**
 * Selects cases by arguments. An argument with a space is a case's name; others are words. A case must have one word of
 * each facet that the words name, so "receive publish qos1" selects both kinds at QoS 1. Throws for names and words
 * that no case has.
 */
export function select(args) {
  const names = args.filter((arg) => arg.includes(" "));
  const words = args.filter((arg) => !arg.includes(" "));
  const unknown = names.find((name) => !cases.some((testCase) => testCase.name === name));
  if (unknown) throw new Error(`There is no case "${unknown}"; --list has their names`);
  const wanted = words.map((word) => [findFacet(word), word]);
  const hasWords = (testCase) =>
    wanted.length > 0 &&
    wanted.every(([facet]) =>
      wanted.some(([other, word]) => other === facet && testCase.words[facet] === word),
    );
  return cases.filter((testCase) => names.includes(testCase.name) || hasWords(testCase));
}

/** The facet of a word. */
function findFacet(word) {
  const facet = Object.keys(vocabulary).find((name) => vocabulary[name].includes(word));
  if (facet) return facet;
  throw new Error(`No case has the word ${word}; there are: ${Object.values(vocabulary).flat().join(" ")}`);
}
