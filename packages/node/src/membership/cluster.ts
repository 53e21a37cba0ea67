import { create } from "@bufbuild/protobuf";
import { bytesEqual, type Clock, type NodeId } from "@coterie/core";
import type { RingView } from "@coterie/shard-engine";
import {
  type NodeAddress,
  NodeAddressSchema,
  type NodeHello,
  NodeHelloSchema,
} from "@coterie/wire";
import type { NodeBirth } from "../birth/node-birth.ts";
import type { RingKeeper } from "../ring/ring-keeper.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import type { Membership } from "./membership.ts";
import type { Peers } from "./peers.ts";

export interface ClusterParts {
  readonly birth: NodeBirth;
  readonly address: string;
  /** 16 random bytes of this process. */
  readonly startId: Uint8Array;
  /** Of this directory, for the ring register. */
  readonly acceptor: string;
  readonly rings: RingKeeper;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly membership: () => Membership;
}

/** Which cluster this node belongs to, once it does. */
interface Belonging {
  readonly clusterId: Uint8Array;
  readonly partitions: number;
}

/** A process that speaks under a node id. */
interface LiveStart {
  readonly startId: Uint8Array;
  readonly address: string;
  readonly acceptor: string;
  heardMs: number;
}

/** What this node knows of its cluster: which it is, the ring in force, the other members. */
export class Cluster {
  readonly #parts: ClusterParts;
  #belonging: Belonging | undefined;
  #unready: string | undefined = "this node is starting";
  /** Who speaks under each node id on the live sessions, to tell two processes of one id apart. */
  readonly #starts = new Map<NodeId, LiveStart>();

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    const { cluster } = parts.birth;
    if (cluster !== undefined) this.belongTo(cluster.id, cluster.partitions);
  }

  get self(): NodeId {
    return this.#parts.birth.nodeId;
  }

  /** Why clients' requests are refused at present, as a sentence; undefined when they are taken. */
  get unready(): string | undefined {
    return this.#unready;
  }

  /** Empty before the node belongs to a cluster. */
  get clusterId(): Uint8Array {
    return this.#belonging?.clusterId ?? new Uint8Array();
  }

  /** The ring in force. Only asked for once the node is ready. */
  get ring(): RingView {
    const { view } = this.#parts.rings;
    if (view === undefined) throw new Error("no ring is installed yet");
    return view;
  }

  /** See `RingKeeper.rivals`. */
  get rivals(): readonly NodeId[] {
    return [...this.#parts.rings.rivals.keys()].sort();
  }

  get hasRing(): boolean {
    return this.#parts.rings.view !== undefined;
  }

  /** The acceptor that a node said it has, when it was last met. */
  acceptorOf(id: NodeId): string | undefined {
    return id === this.self ? this.#parts.acceptor : this.#starts.get(id)?.acceptor;
  }

  /** Who said that it has this acceptor. */
  nodeOfAcceptor(acceptor: string): NodeId | undefined {
    for (const [id, start] of this.#starts) if (start.acceptor === acceptor) return id;
    return undefined;
  }

  belongTo(clusterId: Uint8Array, partitions: number): void {
    this.#belonging = { clusterId, partitions };
  }

  becomeReady(): void {
    this.#unready = undefined;
  }

  /** From now on clients' requests are refused; those under way go on. */
  drain(): void {
    this.#unready = "this node is stopping: send the request to another";
  }

  /** This node's hello on every session. */
  hello(refused?: NodeHello["refused"]): NodeHello {
    const { birth, address, startId } = this.#parts;
    return create(NodeHelloSchema, {
      protocolVersion: PROTOCOL_VERSION,
      clusterId: this.clusterId,
      partitions: this.#belonging?.partitions ?? 0,
      nodeId: birth.nodeId,
      identity: birth.identity,
      startId,
      address,
      epoch: this.#parts.rings.view?.record.epoch ?? 0,
      acceptor: this.#parts.acceptor,
      ...(refused === undefined ? {} : { refused }),
    });
  }

  /** A sentence on why this node will not speak with the other, or undefined. */
  faultOf(theirs: NodeHello, meant?: NodeId): string | undefined {
    const { self } = this;
    if (this.#parts.rings.view?.record.removed.includes(theirs.nodeId)) {
      return `node ${theirs.nodeId} was removed from the cluster for good: to come back, it needs an empty data directory and another id`;
    }
    const who = `node ${theirs.nodeId} at ${theirs.address}`;
    if (theirs.protocolVersion !== PROTOCOL_VERSION) {
      return `${who} speaks protocol ${theirs.protocolVersion}, and ${self} speaks ${PROTOCOL_VERSION}: run versions that go together`;
    }
    if (theirs.nodeId === self && !bytesEqual(theirs.startId, this.#parts.startId)) {
      return `another process, at ${theirs.address}, runs under this node's id ${self}: was its data directory copied? Stop one of them; a copy needs an empty directory and an id of its own`;
    }
    if (meant !== undefined && theirs.nodeId !== meant) {
      return `${theirs.address} is node ${theirs.nodeId}, not ${meant}`;
    }
    const ours = this.#belonging;
    if (ours === undefined || theirs.clusterId.length === 0) return this.#clashOf(theirs, who);
    if (!bytesEqual(theirs.clusterId, ours.clusterId)) {
      return `${who} belongs to another cluster than ${self}: check its --join, or give it an empty data directory`;
    }
    if (theirs.partitions !== ours.partitions) {
      return `${who} splits the hash space into ${theirs.partitions} partitions, and ${self} into ${ours.partitions}`;
    }
    return this.#clashOf(theirs, who);
  }

  /** Two living processes under one id: the one that was here first stays (trap 7). */
  #clashOf(theirs: NodeHello, who: string): string | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    const known = this.#starts.get(theirs.nodeId);
    // Two processes cannot listen at one address: there it is a restart, however recent the other's voice.
    const other =
      known !== undefined &&
      known.address !== theirs.address &&
      !bytesEqual(known.startId, theirs.startId);
    if (other && nowMs - known.heardMs < CLASH_MEMORY_MS && this.#parts.peers.isUp(theirs.nodeId)) {
      return `${who} is not the process that runs under this id already: was its data directory copied? A copy needs an empty directory and an id of its own`;
    }
    const { startId, address, acceptor } = theirs;
    this.#starts.set(theirs.nodeId, { startId, address, acceptor, heardMs: nowMs });
    return undefined;
  }

  /** A frame came from the process that runs under this id. */
  heard(id: NodeId): void {
    const start = this.#starts.get(id);
    if (start !== undefined) start.heardMs = this.#parts.clock.monotonicMs();
  }

  addresses(): NodeAddress[] {
    const self = { id: this.self, address: this.#parts.address };
    return [self, ...this.#parts.membership().others].map(({ id, address }) =>
      create(NodeAddressSchema, { id, address }),
    );
  }
}

/** A process that was silent for this long may be replaced by another under its id. */
const CLASH_MEMORY_MS = 2_000;
