// `mqtt-native/topic`: topics and filters alone, for programs without a connection. Nothing here loads the addon.

export { Topic, Wildcard } from "./protocol/topic.ts";
