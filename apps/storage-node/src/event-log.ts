import { isatty } from "node:tty";
import type { NodeEvent } from "@coterie/node";
import pino, { type Logger } from "pino";
import { PinoPretty } from "pino-pretty";
import type { NodeConfig } from "./config/node-config.ts";

/** On stderr: words for a person at a terminal, JSON lines for all else. Written at once: what a crash was about is in the log. */
export function openLog(level: NodeConfig["log-level"]): Logger {
  const destination = 2;
  const stream = isatty(destination)
    ? PinoPretty({ destination, sync: true, singleLine: true, colorize: !process.env["NO_COLOR"] })
    : pino.destination({ dest: destination, sync: true });
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

/** A refusal is repeated many times a second; what was logged in full is not logged again for this long. */
const REPEAT_MS = 10_000;
const REFUSALS_MAX = 1_000;

/** An observer that says in the log what the node does. */
export function logEvents(log: Logger): (event: NodeEvent) => void {
  const refusals = new Map<string, number>();
  return (event) => {
    const { type, ...facts } = event;
    if (type === "peerRefused" || type === "joinRefused") {
      const what = JSON.stringify(event);
      const nowMs = performance.now();
      if (nowMs - (refusals.get(what) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
      refusals.set(what, nowMs);
      if (refusals.size > REFUSALS_MAX) refusals.delete(refusals.keys().next().value!);
    }
    log[levelOf(event)](facts, sentences[type]);
  };
}

const sentences: Readonly<Record<NodeEvent["type"], string>> = {
  born: "founded a cluster",
  joining: "asking to join",
  joinRefused: "not let in, asking again",
  joined: "joined the cluster",
  member: "what is believed of a member changed",
  circuit: "whether calls go to a member changed",
  degraded: "this node is slow",
  peerRefused: "refused to speak with a node",
  barred: "the members that it was told to join will not have it",
  bucketKnown: "a bucket is known",
  bucketConflict: "two definitions of a bucket met",
  hintsDrained: "took hints home",
  recoveryRound: "filled recovering partitions from other replicas",
  replicasDiffered: "repaired a partition that two replicas did not hold alike",
  collectionRound: "a round of collection has ended",
  ringInstalled: "a ring is in force",
  fault: "a bug showed itself; the node goes on",
};

function levelOf(event: NodeEvent): "debug" | "info" | "warn" | "error" {
  switch (event.type) {
    case "barred":
    case "fault":
      return "error";
    case "joinRefused":
    case "peerRefused":
    case "bucketConflict":
      return "warn";
    case "member":
      return event.change === "dead" || event.change === "suspected" ? "warn" : "info";
    case "circuit":
      return event.isOpen ? "warn" : "info";
    case "degraded":
      return event.reason === undefined ? "info" : "warn";
    case "collectionRound":
      return event.outcome === "collected" ? "info" : "debug";
    case "joining":
    case "replicasDiffered":
      return "debug";
    default:
      return "info";
  }
}
