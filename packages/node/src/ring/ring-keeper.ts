import { create } from "@bufbuild/protobuf";
import { CodecError, type NodeId, pick, type Random, type Timer, type Timers } from "@coterie/core";
import { RingView } from "@coterie/shard-engine";
import { type RingSync, RingSyncSchema } from "@coterie/wire";
import type { NodeMemory } from "../birth/birth.ts";
import type { Peers } from "../membership/peers.ts";
import type { NodeEvent } from "../node-event.ts";
import { StoreFailure } from "../node-store.ts";
import {
  decodeRegisterState,
  encodeRegisterState,
  isNewerState,
  type RegisterState,
} from "./register-state.ts";

export interface RingKeeperParts {
  readonly self: NodeId;
  readonly memory: NodeMemory;
  readonly peers: Peers;
  readonly timers: Timers;
  readonly random: Random;
  readonly onEvent: (event: NodeEvent) => void;
  /** What is to be done under the old ring before the new one is in force; rejects: not now. */
  readonly prepare: (from: RingView, to: RingView) => Promise<void>;
  /** A newer state is durable here and in force. */
  readonly onState: (state: RegisterState) => void;
}

/** How long to wait for another node when the rings differ. */
const SYNC_MS = 500;
/** How often a node asks another, drawn by lot, whether it knows of a newer ring: for those that are idle. */
const GOSSIP_MS = 1_000;

/** What this node knows of the ring: durable before it is served under, and spread to whoever knows less. */
export class RingKeeper {
  readonly #parts: RingKeeperParts;
  #state: RegisterState | undefined;
  #view: RingView | undefined;
  /** The installation on its way, so that two never overlap. Never rejects. */
  #installing: Promise<unknown> = Promise.resolve();
  readonly #rivals = new Map<NodeId, number>();
  readonly #agreeing = new Map<NodeId, Promise<void>>();
  #timer: Timer | undefined;

  constructor(parts: RingKeeperParts) {
    this.#parts = parts;
  }

  get state(): RegisterState | undefined {
    return this.#state;
  }

  /** Of the ring in force; undefined: none is installed yet. */
  get view(): RingView | undefined {
    return this.#view;
  }

  /** Nodes that follow another register of this generation, forced beside this one, with the epochs of their rings. */
  get rivals(): ReadonlyMap<NodeId, number> {
    return this.#rivals;
  }

  start(): void {
    this.#timer = this.#parts.timers.after(GOSSIP_MS, () => {
      const up = this.#parts.peers.up();
      if (up.length > 0) void this.agreeWith(pick(this.#parts.random, up));
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** At a start: the state that is durable here is put in force on every shard. */
  async restore(state: RegisterState): Promise<void> {
    await this.#parts.memory.installRing(this.#parts.self, state);
    this.#putInForce(state);
  }

  /** Makes a newer state durable, then serves under its ring. Rejects when the disk does not take it. */
  adopt(state: RegisterState): Promise<void> {
    const done = this.#installing.then(() => this.#adopt(state));
    this.#installing = done.catch(() => {});
    return done;
  }

  /** Resolves when the installations that are on their way have ended. */
  async settled(): Promise<void> {
    await this.#installing;
  }

  /** Brings this node and another to the newer of their rings, as far as it can be reached. Never rejects. */
  agreeWith(node: NodeId): Promise<void> {
    if (node === this.#parts.self) return this.settled();
    let agreeing = this.#agreeing.get(node);
    if (agreeing === undefined) {
      agreeing = this.#agree(node).finally(() => this.#agreeing.delete(node));
      this.#agreeing.set(node, agreeing);
    }
    return agreeing;
  }

  /** Tells every member that can be reached. */
  async spread(): Promise<void> {
    await Promise.all(this.#parts.peers.up().map((node) => this.#tell(node, true)));
  }

  /** The other side of `agreeWith`. */
  async exchange(theirs: RingSync): Promise<RingSync> {
    await this.#take(theirs);
    return this.#sync(this.#compare(theirs) > 0);
  }

  async #agree(node: NodeId): Promise<void> {
    const theirs = await this.#tell(node, false);
    if (theirs !== undefined && this.#compare(theirs) > 0) await this.#tell(node, true);
  }

  async #tell(node: NodeId, withState: boolean): Promise<RingSync | undefined> {
    const body = { case: "ring" as const, value: this.#sync(withState) };
    const result = await this.#parts.peers.call(node, body, SYNC_MS);
    if (result.type !== "reply" || result.reply.body.case !== "ring") return undefined;
    const theirs = result.reply.body.value;
    await this.#take(theirs);
    this.#noteRival(node, theirs);
    return theirs;
  }

  /**
   * A node's first ring comes from the member that admits it, when it has marked what it may lack: under one
   * that it merely overheard a wiped replica would vote "not found" (trap 14b).
   */
  async #take({ state }: RingSync): Promise<void> {
    if (state.length === 0 || this.#state === undefined) return;
    try {
      await this.adopt(decodeRegisterState(state));
    } catch (error) {
      if (!(error instanceof StoreFailure || error instanceof CodecError)) throw error;
      this.#parts.onEvent({ type: "fault", doing: "installing a ring", detail: error.message });
    }
  }

  #noteRival(node: NodeId, { generation, origin, epoch }: RingSync): void {
    const ours = this.#state;
    const isRival =
      ours?.generation === generation && generation > 1 && (ours.value.origin ?? "") !== origin;
    if (!isRival) {
      this.#rivals.delete(node);
    } else {
      if (!this.#rivals.has(node)) {
        const detail = `${node} follows another ring that was forced beside this one: see \`coterie ring status\``;
        this.#parts.onEvent({ type: "fault", doing: "agreeing on the ring", detail });
      }
      this.#rivals.set(node, epoch);
    }
  }

  async #adopt(state: RegisterState): Promise<void> {
    if (this.#state !== undefined && !isNewerState(state, this.#state)) return;
    const { memory, self, prepare } = this.#parts;
    const { record } = state.value;
    if (this.#view === undefined || record.epoch > this.#view.record.epoch) {
      if (this.#view !== undefined) await prepare(this.#view, new RingView(record));
      await memory.installRing(self, state);
    } else {
      await memory.keepRegister(state);
    }
    this.#putInForce(state);
  }

  #putInForce(state: RegisterState): void {
    const { record } = state.value;
    if (state.generation !== this.#state?.generation) this.#rivals.clear();
    this.#state = state;
    if (record.epoch !== this.#view?.record.epoch) {
      this.#view = new RingView(record);
      this.#parts.onEvent({ type: "ringInstalled", epoch: record.epoch, phase: record.phase });
    }
    this.#parts.onState(state);
  }

  #sync(withState: boolean): RingSync {
    if (this.#state === undefined) return create(RingSyncSchema);
    const { generation, value } = this.#state;
    return create(RingSyncSchema, {
      epoch: value.record.epoch,
      generation,
      version: value.version,
      origin: value.origin ?? "",
      state: withState ? encodeRegisterState(this.#state) : new Uint8Array(),
    });
  }

  /** Positive: this node knows more than the other. */
  #compare(theirs: RingSync): number {
    if (this.#state === undefined) return -1;
    const { generation, value } = this.#state;
    return generation - theirs.generation || value.version - theirs.version;
  }
}
