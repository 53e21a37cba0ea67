import {
  type AcceptorState,
  answer,
  decodeAcceptorState,
  decodeRequest,
  EMPTY_ACCEPTOR,
  encodeAcceptorState,
  encodeReply,
} from "@coterie/caspaxos";
import {
  ByteReader,
  ByteWriter,
  CodecError,
  decodeUtf8,
  encodeUtf8,
  type Random,
  randomBytes,
  toHex,
} from "@coterie/core";
import { type NodeStore, StoreFailure } from "../node-store.ts";
import { decodeRegisterValue } from "./register-state.ts";

/** Under `once/`: a restored copy of it is dropped, and the node starts with a fresh acceptor. */
const KEY = "once/acceptor";

/** A message to one acceptor of the register. */
export interface RegisterRequest {
  readonly acceptor: string;
  readonly generation: number;
  /** See `RegisterValue`; empty: as it was born. */
  readonly origin: string;
  readonly request: Uint8Array;
}

/**
 * This directory's acceptor of the ring register. Its id is minted with the directory, and ends with it:
 * one whose promises may be lost must never answer under the same id again (see caspaxos/membership.md).
 */
export class RingAcceptor {
  readonly id: string;
  readonly #store: NodeStore;
  #generation: number;
  #state: AcceptorState;
  /** One request after the other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(store: NodeStore, id: string, generation: number, state: AcceptorState) {
    this.id = id;
    this.#store = store;
    this.#generation = generation;
    this.#state = state;
  }

  /** Reads the directory's acceptor, or mints one. */
  static async open(store: NodeStore, random: Random): Promise<RingAcceptor> {
    const [stored] = await store.meta(KEY);
    if (stored === undefined) {
      const acceptor = new RingAcceptor(store, toHex(randomBytes(random, 16)), 1, EMPTY_ACCEPTOR);
      await acceptor.#persist(1, EMPTY_ACCEPTOR);
      return acceptor;
    }
    const reader = new ByteReader(stored.value);
    const id = decodeUtf8(reader.block());
    const generation = reader.varint();
    const state = decodeAcceptorState(reader.raw(reader.remaining));
    return new RingAcceptor(store, id, generation, state);
  }

  /** Of the newest value that it accepted, chosen or not; 0: none. */
  get acceptedVersion(): number {
    const value = this.#state.accepted?.value;
    return value === undefined ? 0 : decodeRegisterValue(value).version;
  }

  /** The encoded reply, once what it says is durable; undefined: there is none. */
  answer(request: RegisterRequest): Promise<Uint8Array | undefined> {
    const answered = this.#last.then(() => this.#answer(request));
    this.#last = answered;
    return answered;
  }

  async #answer(call: RegisterRequest): Promise<Uint8Array | undefined> {
    if (call.acceptor !== this.id || call.generation < this.#generation) return undefined;
    if (call.generation === this.#generation && this.#isOfAnother(call)) return undefined;
    try {
      const state = call.generation > this.#generation ? EMPTY_ACCEPTOR : this.#state;
      const effect = answer(state, decodeRequest(call.request));
      if (effect.type === "persistThenReply") await this.#persist(call.generation, effect.state);
      return encodeReply(effect.reply);
    } catch (error) {
      if (error instanceof CodecError || error instanceof StoreFailure) return undefined;
      throw error;
    }
  }

  /** Another register of this generation was forced beside the one that this acceptor has accepted something of. */
  #isOfAnother({ origin }: RegisterRequest): boolean {
    const value = this.#state.accepted?.value;
    return value !== undefined && (decodeRegisterValue(value).origin ?? "") !== origin;
  }

  async #persist(generation: number, state: AcceptorState): Promise<void> {
    const writer = new ByteWriter(128).block(encodeUtf8(this.id)).varint(generation);
    await this.#store.putMeta(KEY, writer.raw(encodeAcceptorState(state)).finish());
    this.#generation = generation;
    this.#state = state;
  }
}
