// The topic and the limit that both ends of the network agree on.

export const topic = "network/messages";

/**
 * The most messages that a subscriber has not read yet. Beyond 1 000 mosquitto would drop some, unless
 * max_queued_messages is raised.
 */
export const mostQueued = 500;
