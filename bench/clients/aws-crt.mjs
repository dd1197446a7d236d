// aws-crt, the client of AWS's Common Runtime for MQTT 3.1.1: native code with a JavaScript interface. It is large, so
// --with aws-crt installs it into a folder of its own.

import { createRequire } from "node:module";
import { packagesFolder } from "../packages.mjs";

const { io, mqtt } = createRequire(`${packagesFolder}/`)("aws-crt");
const factory = new mqtt.MqttClient();
const socketOptions = new io.SocketOptions();
let connections = 0;
let tls;

export async function connect({ host = "127.0.0.1", port, ca }) {
  const connection = factory.new_connection({
    client_id: `aws-crt-${connections++}`, // aws-crt requires an identifier
    host_name: host,
    port,
    clean_session: true,
    socket_options: socketOptions,
    ...(ca && { tls_ctx: tlsContext(ca) }),
  });
  connection.on("error", (error) => {
    throw error;
  });
  await connection.connect();
  return connection;
}

function tlsContext(ca) {
  const options = new io.TlsContextOptions();
  options.override_default_trust_store(ca);
  tls ??= new io.ClientTlsContext(options);
  return tls;
}

/** Passes every message to `onMessage` until that returns true. */
export function consume(connection, onMessage) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      connection.removeAllListeners("message").removeListener("interrupt", onInterrupt);
      settle(value);
    };
    const onInterrupt = () => end(reject, new Error("The connection was lost"));
    connection.on("interrupt", onInterrupt);
    connection.on("message", (topic, payload) => {
      try {
        if (onMessage(topic, Buffer.from(payload))) end(resolve);
      } catch (error) {
        end(reject, error);
      }
    });
  });
}

export const publish = (connection, topic, payload, { qos }) => connection.publish(topic, payload, qos);
export const subscribe = (connection, filter, { qos }) => connection.subscribe(filter, qos);
export const disconnect = (connection) => connection.disconnect();
