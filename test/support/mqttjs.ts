import { type EventEmitter, once } from "node:events";
import type { MqttClientEventCallbacks as Callbacks } from "../../lib/mqttjs/types.ts";

/** Resolves to the arguments of the next event of a client. The types of MQTT.js do not say that it is an emitter. */
export async function emitted<E extends keyof Callbacks>(
  client: object,
  event: E,
): Promise<Parameters<Callbacks[E]>> {
  return (await once(client as EventEmitter, event)) as Parameters<Callbacks[E]>;
}
