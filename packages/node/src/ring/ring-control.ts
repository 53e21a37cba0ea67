import { create } from "@bufbuild/protobuf";
import { founders } from "@coterie/caspaxos";
import type { Clock, NodeId, Random, Timers } from "@coterie/core";
import type { RingRecord, RingView } from "@coterie/shard-engine";
import { RegisterCallSchema } from "@coterie/wire";
import type { NodeMemory } from "../birth/birth.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import { StoreFailure } from "../node-store.ts";
import { decodeRegisterState, type RegisterState } from "./register-state.ts";
import type { RegisterRequest, RingAcceptor } from "./ring-acceptor.ts";
import { RingKeeper } from "./ring-keeper.ts";
import { RingRegister } from "./ring-register.ts";

export interface RingControlParts {
  readonly self: NodeId;
  readonly memory: NodeMemory;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly onEvent: (event: NodeEvent) => void;
  readonly acceptor: RingAcceptor;
  /** Fresh at every start of the process. */
  readonly proposerId: string;
  readonly cluster: () => Cluster;
  readonly prepare: (from: RingView, to: RingView) => Promise<void>;
}

/** How long an acceptor has for one message; the proposer asks again meanwhile. */
const ACCEPTOR_MS = 2_000;

/** The ring register at this node: its acceptor, its proposer, and what it knows of what was chosen. */
export class RingControl {
  readonly acceptor: RingAcceptor;
  readonly register: RingRegister;
  readonly keeper: RingKeeper;
  readonly #parts: RingControlParts;

  constructor(parts: RingControlParts) {
    const { acceptor, onEvent } = parts;
    this.#parts = parts;
    this.acceptor = acceptor;
    this.register = new RingRegister({
      ...parts,
      send: (request) => this.#send(request),
      onChosen: (state) => void this.#chosen(state),
    });
    this.keeper = new RingKeeper({
      ...parts,
      onEvent,
      onState: (state) => this.register.learn(state),
    });
  }

  /** At a start: what the directory knows is put in force. */
  async restore(): Promise<void> {
    const state = await this.#parts.memory.register();
    if (state !== undefined) await this.keeper.restore(state);
  }

  /** The register of a new cluster: this node alone decides on it until the other owners are met. */
  async found(record: RingRecord): Promise<void> {
    const { self } = this.#parts;
    const acceptors = new Map([[self, this.acceptor.id]]);
    const membership = founders([[this.acceptor.id]]);
    await this.keeper.adopt({
      generation: 1,
      value: { version: 1, record, acceptors },
      membership,
    });
  }

  /** What a member told a newcomer. */
  join(told: Uint8Array): Promise<void> {
    return this.keeper.adopt(decodeRegisterState(told));
  }

  start(): void {
    this.keeper.start();
  }

  stop(): void {
    this.keeper.stop();
    this.register.stop();
  }

  async #chosen(state: RegisterState): Promise<void> {
    try {
      await this.keeper.adopt(state);
      await this.keeper.spread();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      const { onEvent } = this.#parts;
      onEvent({ type: "fault", doing: "installing a ring", detail: error.message });
    }
  }

  async #send(request: RegisterRequest): Promise<Uint8Array | undefined> {
    if (request.acceptor === this.acceptor.id) return this.acceptor.answer(request);
    const node = this.#nodeOf(request.acceptor);
    if (node === undefined) return undefined;
    const body = { case: "register" as const, value: create(RegisterCallSchema, request) };
    const result = await this.#parts.peers.call(node, body, ACCEPTOR_MS);
    if (result.type !== "reply" || result.reply.body.case !== "register") return undefined;
    const { reply } = result.reply.body.value;
    return reply.length === 0 ? undefined : reply;
  }

  /** Who said that it runs the acceptor; else who was known to when the register was written. */
  #nodeOf(acceptor: string): NodeId | undefined {
    const met = this.#parts.cluster().nodeOfAcceptor(acceptor);
    if (met !== undefined) return met;
    const known = this.keeper.state?.value.acceptors ?? [];
    for (const [node, each] of known) if (each === acceptor) return node;
    return undefined;
  }
}
