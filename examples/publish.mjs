// Publishes one message and prints the broker's answer.
//
//     node examples/publish.mjs mqtt://127.0.0.1:1883 plant/line1/temperature 21.5

import { Client, MqttCodeError } from "mqtt-native";

const [url, topic = "plant/line1/temperature", payload = "21.5"] = process.argv.slice(2);
if (url === undefined) throw new Error("usage: node examples/publish.mjs URL [TOPIC [PAYLOAD]]");

const client = await Client.connect(url);
try {
  // At QoS 1 the promise waits for the broker's acknowledgement.
  const { mid, reasonCode } = await client.publish(topic, payload, { qos: 1 });
  console.log(`${topic}: ${payload} (packet ${mid}, ${reasonCode.name})`);
} catch (error) {
  if (!(error instanceof MqttCodeError)) throw error;
  console.error(`The broker refused it: ${error.message}`);
  process.exitCode = 1;
} finally {
  await client.disconnect();
}
