// Who is compared. A variant is a contender with an option that its users would have to know of.

export const contenders = {
  "mqtt-native": { module: "./mqtt-native.mjs" },
  "MQTT.js": { module: "./mqtt-js.mjs" },
  "MQTT.js, TCP_NODELAY": { module: "./mqtt-js.mjs", options: { noDelay: true } },
};

/** The contender, its options applied. */
export async function contender(name) {
  const { module, options } = contenders[name];
  const { connect, ...rest } = await import(module);
  return { ...rest, connect: (port, more) => connect(port, { ...options, ...more }) };
}
