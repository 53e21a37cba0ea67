import type { NodeId } from "@coterie/core";
import { Error_Code, type NodeHello } from "@coterie/wire";
import { failure } from "../failure.ts";
import type { NodeEvent } from "../node-event.ts";
import type { Cluster } from "./cluster.ts";

/** Decides, at both ends of a session, whether this node speaks with the other, and tells of those it does not. */
export class Greeting {
  readonly #cluster: () => Cluster;
  readonly #onEvent: (event: NodeEvent) => void;

  constructor(cluster: () => Cluster, onEvent: (event: NodeEvent) => void) {
    this.#cluster = cluster;
    this.#onEvent = onEvent;
  }

  /** A sentence that refuses the other, or undefined. `meant` is whom the dialling side meant to reach. */
  judge(theirs: NodeHello, meant?: NodeId): string | undefined {
    const fault = theirs.refused?.message ?? this.#cluster().faultOf(theirs, meant);
    if (fault !== undefined) {
      this.#onEvent({ type: "peerRefused", id: theirs.nodeId, reason: fault });
    }
    return fault;
  }

  /** The answer of the side that was dialled. */
  greet(theirs: NodeHello): { hello: NodeHello; refused?: string } {
    const refused = this.judge(theirs);
    const cluster = this.#cluster();
    if (refused === undefined) return { hello: cluster.hello() };
    const reason = failure(Error_Code.WRONG_CLUSTER, refused);
    return { hello: cluster.hello(reason), refused };
  }
}
