import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import {
  CodecError,
  type NodeId,
  type Random,
  systemClock,
  systemRandom,
  systemTimers,
  type Timer,
} from "@coterie/core";
import { decodeMessage, encodeMessage } from "../codec.ts";
import { defaultSwimConfig, type SwimConfig } from "../config.ts";
import type { Effect } from "../effects.ts";
import type { MemberRecord } from "../member-record.ts";
import type { Message } from "../messages.ts";
import { Swim } from "../swim.ts";
import { type KeyRing, SEAL_BYTES } from "./key-ring.ts";
import { formatAddress, parseAddress } from "./udp-address.ts";

export interface UdpMemberOptions extends Partial<Omit<SwimConfig, "messageBytesMax">> {
  readonly id: NodeId;
  /** The local interface to listen on, as an IP address. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** `host:port` as the others reach it, where that is not the local one. */
  readonly advertise?: string;
  readonly keys: KeyRing;
  /** What `persist` was last called with in an earlier life; 0 on the first start. */
  readonly incarnation: number;
  /** Stores the number so that it survives a crash; resolves when it does. Tried again when it rejects. */
  readonly persist: (incarnation: number) => Promise<void>;
  readonly metadata?: Uint8Array;
  /** The most bytes in one datagram: 1,400 by default, which no common path fragments. */
  readonly datagramBytesMax?: number;
  /** Sees every effect before it is carried out: changes of members, clashes, what is sent. */
  readonly observe?: (effect: Effect) => void;
  /** Told of errors that nobody waits for: of the socket, and of `persist`. */
  readonly onError?: (error: unknown) => void;
  readonly random?: Random;
}

const PERSIST_RETRY_MS = 1_000;

/** A member that speaks UDP: drives one `Swim` with one socket and one timer. */
export class UdpMember {
  readonly address: string;
  readonly #swim: Swim;
  readonly #socket: Socket;
  readonly #options: UdpMemberOptions;
  #timer: Timer | undefined;
  #isClosed = false;
  #rejected = 0;

  private constructor(options: UdpMemberOptions, socket: Socket, address: string) {
    const { datagramBytesMax = 1_400, random = systemRandom, ...rest } = options;
    this.#options = options;
    this.#socket = socket;
    this.address = address;
    const messageBytesMax = datagramBytesMax - SEAL_BYTES;
    this.#swim = new Swim({ ...rest, address, random, messageBytesMax });
    socket.on("message", (datagram, from) => this.#receive(datagram, from.address, from.port));
    socket.on("error", (error) => options.onError?.(error));
  }

  /**
   * Listens, and makes the first incarnation durable. Rejects when either fails, or with a RangeError
   * for an option that cannot work. Then `join`.
   */
  static async open(options: UdpMemberOptions): Promise<UdpMember> {
    const { host, port, advertise } = options;
    if (advertise === undefined && (host === "0.0.0.0" || host === "::")) {
      throw new RangeError(`nobody can reach "${host}": say what to advertise`);
    }
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    try {
      socket.bind(port, host);
      await once(socket, "listening");
      const address = advertise ?? formatAddress({ host, port: socket.address().port });
      if (parseAddress(address) === undefined)
        throw new RangeError(`"${address}" is not host:port`);
      const member = new UdpMember(options, socket, address);
      for (const effect of member.#swim.start()) {
        if (effect.type === "persist") await member.#store(effect.incarnation);
      }
      return member;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Everyone known, this member included, in order of their ids. */
  get members(): MemberRecord[] {
    return this.#swim.members;
  }

  member(id: NodeId): MemberRecord | undefined {
    return this.#swim.member(id);
  }

  /** How much this member doubts its own health, from 0. */
  get localHealth(): number {
    return this.#swim.localHealth;
  }

  /** Datagrams dropped because no key opened them or they made no sense. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Joins the cluster that any of these `host:port` belongs to; keeps trying while none answers. */
  join(seeds: readonly string[]): void {
    this.#perform(this.#swim.join(seeds, systemClock.monotonicMs()));
  }

  /** Tells every member other metadata. @throws RangeError above 512 bytes. */
  updateMetadata(metadata: Uint8Array): void {
    this.#perform(this.#swim.updateMetadata(metadata));
  }

  /** Removes a dead member from every view. @throws RangeError when it lives or is unknown. */
  forget(id: NodeId): void {
    this.#perform(this.#swim.forget(id, systemClock.monotonicMs()));
  }

  /** See `Swim.noteLag`. */
  noteLag(lagMs: number): void {
    this.#swim.noteLag(lagMs);
  }

  /** Says goodbye, answers for one more protocol period, and closes. */
  async leave(): Promise<void> {
    this.#perform(this.#swim.leave());
    await pause(this.#options.protocolPeriodMs ?? defaultSwimConfig.protocolPeriodMs);
    await this.close();
  }

  /** Stops without a word, as a crash would. Resolves when the socket is closed; may be called again. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #receive(datagram: Uint8Array, host: string, port: number): void {
    const message = this.#decode(datagram);
    if (message === undefined) this.#rejected += 1;
    else {
      const from = formatAddress({ host, port });
      this.#perform(this.#swim.receive(from, message, systemClock.monotonicMs()));
    }
  }

  #decode(datagram: Uint8Array): Message | undefined {
    const bytes = this.#options.keys.open(datagram);
    if (bytes === undefined) return undefined;
    try {
      return decodeMessage(bytes);
    } catch (error) {
      if (error instanceof CodecError) return undefined;
      throw error;
    }
  }

  #perform(effects: readonly Effect[]): void {
    if (this.#isClosed) return;
    for (const effect of effects) {
      this.#options.observe?.(effect);
      if (effect.type === "send") this.#send(effect.to.address, effect.message);
      if (effect.type === "persist") void this.#keepStoring(effect.incarnation);
    }
    this.#timer?.cancel();
    const delayMs = this.#swim.deadlineMs - systemClock.monotonicMs();
    if (delayMs === Number.POSITIVE_INFINITY) return;
    this.#timer = systemTimers.after(Math.max(0, Math.ceil(delayMs)), () =>
      this.#perform(this.#swim.tick(systemClock.monotonicMs())),
    );
  }

  /** Errors of a send are a loss like any other; the protocol expects it. */
  #send(to: string, message: Message): void {
    const address = parseAddress(to);
    if (address === undefined) return;
    const datagram = this.#options.keys.seal(encodeMessage(message));
    this.#socket.send(datagram, address.port, address.host, (error) => {
      if (error && !this.#isClosed) this.#options.onError?.(error);
    });
  }

  async #store(incarnation: number): Promise<void> {
    await this.#options.persist(incarnation);
    this.#perform(this.#swim.persisted(incarnation, systemClock.monotonicMs()));
  }

  async #keepStoring(incarnation: number): Promise<void> {
    while (!this.#isClosed) {
      try {
        return await this.#store(incarnation);
      } catch (error) {
        this.#options.onError?.(error);
        await pause(PERSIST_RETRY_MS);
      }
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemTimers.after(ms, resolve));
}
