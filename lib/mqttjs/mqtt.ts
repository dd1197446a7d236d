// The exports of the module, by name.

export { MqttClient, MqttClient as Client } from "./client.ts";
export { connect, connectAsync } from "./connect.ts";
export { KeepaliveManager } from "./keepalive-manager.ts";
export {
  DefaultMessageIdProvider,
  type IMessageIdProvider,
  UniqueMessageIdProvider,
} from "./message-ids.ts";
export type * from "./packets.ts";
export { ReasonCodes } from "./reason-codes.ts";
export {
  applyMixin,
  type Callback,
  type Constructor,
  type DoneCallback,
  ErrorWithReasonCode,
  ErrorWithSubackPacket,
  type GenericCallback,
  MQTTJS_VERSION,
  nextTick,
  type TimerVariant,
  type VoidCallback,
} from "./shared.ts";
export { type IStore, type IStoreOptions, Store } from "./store.ts";
export type * from "./types.ts";
export { validateTopic, validateTopics } from "./validations.ts";
