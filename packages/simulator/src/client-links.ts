import { create } from "@bufbuild/protobuf";
import type { Random } from "@coterie/core";
import { PROTOCOL_VERSION } from "@coterie/node";
import { type CallResult, PeerLink } from "@coterie/peer-session";
import {
  type ClientCall,
  type ClientHello,
  ClientHelloSchema,
  type ClientReply,
  type ServerHello,
} from "@coterie/wire";
import type { World } from "./world.ts";

interface Used {
  readonly link: PeerLink<ClientHello, ClientCall, ClientReply, ServerHello>;
  calls: number;
  lastMs: number;
}

/** Rarer than the shipped default: the beats of many clients that do nothing are half of a quiet run. */
const HEARTBEAT_MS = 2_000;

/** A link without a call for so long is left at the next call: dials and beats of idle links were a quarter of all events. */
const IDLE_MS = 1_000;

/** The connections of one client, to the nodes that it has asked lately. */
export class ClientLinks {
  readonly #name: string;
  readonly #world: World;
  readonly #random: Random;
  readonly #links = new Map<string, Used>();

  constructor({ name, world, random }: { name: string; world: World; random: Random }) {
    this.#name = name;
    this.#world = world;
    this.#random = random;
  }

  async call(
    address: string,
    call: ClientCall,
    timeoutMs: number,
  ): Promise<CallResult<ClientReply>> {
    this.#leaveIdle();
    const used = this.#links.get(address) ?? this.#dial(address);
    used.calls++;
    const result = await used.link.call(call, timeoutMs);
    used.calls--;
    used.lastMs = this.#world.time.monotonicMs();
    return result;
  }

  close(): void {
    for (const { link } of this.#links.values()) link.close();
  }

  #leaveIdle(): void {
    const sinceMs = this.#world.time.monotonicMs() - IDLE_MS;
    for (const [address, { link, calls, lastMs }] of this.#links) {
      if (calls > 0 || lastMs > sinceMs) continue;
      link.close();
      this.#links.delete(address);
    }
  }

  #dial(address: string): Used {
    const { time, network } = this.#world;
    const link = new PeerLink<ClientHello, ClientCall, ClientReply, ServerHello>({
      address,
      dialer: network.dialer(this.#name),
      clock: time,
      timers: time,
      random: this.#random,
      hello: () =>
        create(ClientHelloSchema, { protocolVersion: PROTOCOL_VERSION, name: this.#name }),
      check: (theirs) => theirs.refused?.message,
      limits: { heartbeatMs: HEARTBEAT_MS },
    });
    const used = { link, calls: 0, lastMs: time.monotonicMs() };
    this.#links.set(address, used);
    return used;
  }
}
