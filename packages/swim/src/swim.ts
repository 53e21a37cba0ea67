import { fraction, type NodeId, type Random } from "@coterie/core";
import { Awareness } from "./awareness.ts";
import { ClashWatch } from "./clash-watch.ts";
import { Composer } from "./composer.ts";
import { type SwimConfig, swimConfig } from "./config.ts";
import type { Effect } from "./effects.ts";
import { isLiving, type MemberRecord } from "./member-record.ts";
import type { Message, Peer } from "./messages.ts";
import { OwnIncarnation } from "./own-incarnation.ts";
import { Prober, type ProbeStep } from "./prober.ts";
import { Receiver } from "./receiver.ts";
import { Reconnect } from "./reconnect.ts";
import { Relays } from "./relays.ts";
import { Self } from "./self.ts";
import { Sequence } from "./sequence.ts";
import {
  demand,
  demandAddress,
  demandIdentity,
  demandMetadata,
  type SwimOptions,
} from "./swim-options.ts";
import { View } from "./view.ts";

/**
 * One member's SWIM (Das et al. 2002) with Lifeguard (Dadgar et al. 2017): who is in the cluster, who
 * lives, who is dead. Pure: the driver passes monotonic milliseconds as `nowMs`, delivers messages,
 * calls `tick` when `deadlineMs` has come, and carries out the effects that each call returns.
 *
 * *Incarnations are durable before they are used.* `start` and later calls return `persist` effects; the
 * driver stores the number, then calls `persisted`. Until the first is stored the member keeps silent;
 * later ones are asked for ahead of need. After a restart pass the stored number as `incarnation`.
 */
export class Swim {
  readonly #config: SwimConfig;
  readonly #random: Random;
  readonly #self: Self;
  readonly #view: View;
  readonly #composer: Composer;
  readonly #awareness: Awareness;
  readonly #relays = new Relays();
  readonly #prober: Prober;
  readonly #receiver: Receiver;
  readonly #reconnect: Reconnect;
  #syncMs = Number.POSITIVE_INFINITY;
  #seeds: readonly string[] = [];
  #effects: Effect[] = [];

  /** @throws RangeError for an id, address, metadata or option that cannot work. */
  constructor(options: SwimOptions) {
    const { id, address, incarnation, metadata = new Uint8Array(), random } = options;
    demandIdentity(options);
    const config = swimConfig(options);
    this.#config = config;
    this.#random = random;
    const own = new OwnIncarnation(incarnation, config.incarnationReserve);
    const self = new Self(id, random.uint32(), address, metadata, own, config.incarnationJumpMax);
    const emit = (effect: Effect): number => this.#effects.push(effect);
    const view = new View(config, random, id, emit);
    const awareness = new Awareness(config.localHealthMax);
    const sequence = new Sequence(random.uint32());
    const prober = new Prober(config, random, view, id, awareness, sequence);
    const composer = new Composer(config, self, view);
    const clashes = new ClashWatch(config.reconnectIntervalMs);
    const relays = this.#relays;
    this.#self = self;
    this.#view = view;
    this.#awareness = awareness;
    this.#prober = prober;
    this.#composer = composer;
    this.#reconnect = new Reconnect(config, random);
    const parts = { self, view, composer, prober, relays, clashes, awareness, sequence, emit };
    this.#receiver = new Receiver(parts);
  }

  /** This member as it describes itself; undefined until its first incarnation is durable. */
  get self(): MemberRecord | undefined {
    return this.#self.record;
  }

  /** Everyone known, this member included and the forgotten left out, in order of their ids. */
  get members(): MemberRecord[] {
    const records = this.#view.members.sortedIds.map((id) => this.#view.members.get(id)!);
    return records.filter((record) => record.state !== "forgotten");
  }

  /** What is believed of one member; undefined when it is unknown or forgotten. */
  member(id: NodeId): MemberRecord | undefined {
    const record = this.#view.members.get(id);
    return record?.state === "forgotten" ? undefined : record;
  }

  /** Members alive or suspect, this one included. */
  get livingCount(): number {
    return this.#view.members.livingCount;
  }

  /** How much this member doubts its own health: 0 (not at all) to `localHealthMax`. */
  get localHealth(): number {
    return this.#awareness.score;
  }

  /** When `tick` next has work; calling it earlier does nothing. Infinity before the start and after leaving. */
  get deadlineMs(): number {
    return Math.min(
      this.#prober.deadlineMs,
      this.#relays.deadlineMs,
      this.#view.suspicions.deadlineMs,
      this.#reconnect.deadlineMs,
      this.#syncMs,
    );
  }

  /** Asks for the first incarnation to be made durable; the rest follows from `persisted`. */
  start(): Effect[] {
    return this.#drain();
  }

  /** The number of a `persist` effect is now durable. */
  persisted(incarnation: number, nowMs: number): Effect[] {
    this.#self.incarnation.persisted(incarnation);
    const starts = this.#self.record === undefined;
    this.#renew();
    if (starts && this.#self.record !== undefined) {
      this.#prober.begin(nowMs);
      this.#reconnect.begin(nowMs);
      this.#syncMs = nowMs + fraction(this.#random) * this.#config.syncIntervalMs;
      if (this.#seeds.length > 0) this.#askSeeds(nowMs);
    }
    return this.#drain();
  }

  /**
   * Joins the cluster that any of these addresses belongs to. They are asked at once, and remembered:
   * as long as no living member answers for one, it is tried again from time to time.
   */
  join(seeds: readonly string[], nowMs: number): Effect[] {
    seeds.forEach(demandAddress);
    this.#seeds = seeds.filter((seed) => seed !== this.#self.address);
    if (this.#self.record !== undefined) this.#askSeeds(nowMs);
    return this.#drain();
  }

  tick(nowMs: number): Effect[] {
    if (nowMs < this.deadlineMs) return [];
    this.#noticeOwnPause(nowMs);
    for (const step of this.#prober.tick(nowMs)) this.#probe(step, nowMs);
    for (const { origin, originSequence } of this.#relays.tick(nowMs)) {
      this.#send(origin, { type: "nack", sequence: originSequence });
    }
    this.#view.buryExpired(nowMs);
    if (nowMs >= this.#syncMs) {
      this.#syncMs = nowMs + this.#config.syncIntervalMs;
      this.#view.dropForgotten(nowMs);
      const [partner] = this.#view.members.sample(1, this.#random, this.#self.id);
      if (partner !== undefined) this.#sync(partner);
    }
    const lost = this.#reconnect.tick(nowMs, this.#view.members, this.#self.address);
    if (lost !== undefined) this.#sync(lost);
    return this.#drain();
  }

  /** Delivers a message that came from `from`, the address to answer to. */
  receive(from: string, message: Message, nowMs: number): Effect[] {
    if (this.#self.record === undefined) return [];
    this.#noticeOwnPause(nowMs);
    this.#receiver.receive(from, message, nowMs);
    return this.#drain();
  }

  /**
   * The process stood still for so long (event loop, disk, garbage collection), as its driver measured
   * it. Beyond half a probe timeout the member probes more slowly for a while, rather than accuse others.
   */
  noteLag(lagMs: number): void {
    this.#awareness.lagged(lagMs, this.#lagToleranceMs);
  }

  /** Tells every member other metadata. @throws RangeError above 512 bytes. */
  updateMetadata(metadata: Uint8Array): Effect[] {
    demandMetadata(metadata);
    this.#self.setMetadata(metadata.slice());
    this.#renew();
    return this.#drain();
  }

  /** Tells every member another address. @throws RangeError when it is not one. */
  updateAddress(address: string): Effect[] {
    demandAddress(address);
    this.#self.setAddress(address);
    this.#renew();
    return this.#drain();
  }

  /**
   * Leaves for good: tells as many members as one update is sent to, and stops probing. The member still
   * answers, so the driver may keep it for a period or close it at once. A new `Swim` can join again.
   */
  leave(): Effect[] {
    if (this.#self.record === undefined || this.#self.hasLeft) return this.#drain();
    this.#self.leave();
    const { members, news } = this.#view;
    const record = this.#self.record;
    const told = members.sample(news.limit(members.livingCount), this.#random, record.id);
    for (const { id, address } of told) {
      this.#effects.push(this.#composer.send({ id, address }, { type: "gossip" }, [record]));
    }
    this.#view.setSelf(record);
    this.#prober.end();
    this.#reconnect.end();
    this.#view.suspicions.clear();
    this.#syncMs = Number.POSITIVE_INFINITY;
    return this.#drain();
  }

  /**
   * Removes a member that is dead or has left from every view. Nothing else removes one, however long
   * it is away. Should it come back, it joins as a new one. @throws RangeError when it lives or is unknown.
   */
  forget(id: NodeId, nowMs: number): Effect[] {
    const held = this.member(id);
    demand(held !== undefined, `there is no member "${id}"`);
    demand(
      !isLiving(held!),
      `member "${id}" lives: only the dead and those who left can be forgotten`,
    );
    this.#view.forget(held!, nowMs);
    return this.#drain();
  }

  #askSeeds(nowMs: number): void {
    this.#reconnect.setSeeds(this.#seeds, nowMs);
    for (const address of new Set(this.#seeds)) this.#sync({ id: undefined, address });
  }

  /** Opens a push-pull; also how the dead are told that they are held dead. */
  #sync({ id, address }: Peer): void {
    const accusation = id === undefined ? [] : this.#view.accusationOf(id);
    const digest = this.#view.members.digest;
    this.#send({ id, address }, { type: "syncRequest", digest }, [
      ...accusation,
      this.#self.record!,
    ]);
  }

  #probe(step: ProbeStep, nowMs: number): void {
    if (step.type === "failed") {
      this.#view.suspect(step.target, nowMs);
      return;
    }
    const target = this.#view.members.get(step.target);
    if (target === undefined) return; // forgotten in the meantime
    const { id, address } = target;
    const { sequence } = step;
    if (step.type === "ping") {
      this.#send({ id, address }, { type: "ping", sequence }, this.#view.accusationOf(id));
      return;
    }
    const { nackAfterMs } = step;
    for (const helper of step.helpers) {
      const to = { id: helper, address: this.#view.members.get(helper)!.address };
      this.#send(to, { type: "pingReq", sequence, target: { id, address }, nackAfterMs });
    }
  }

  /** `tick` or a message comes later than it should: this member was paused, not the others. */
  #noticeOwnPause(nowMs: number): void {
    const lateMs = nowMs - this.deadlineMs;
    if (lateMs < this.#lagToleranceMs) return;
    this.noteLag(lateMs);
    if (!this.#config.forgiveOwnPauses) return;
    this.#prober.postpone(lateMs);
    this.#relays.postpone(lateMs);
    this.#view.suspicions.postpone(lateMs);
  }

  get #lagToleranceMs(): number {
    return this.#config.probeTimeoutMs / 2;
  }

  #renew(): void {
    if (this.#self.renew()) this.#view.setSelf(this.#self.record!);
  }

  #send(to: Peer, body: Message["body"], first: readonly MemberRecord[] = []): void {
    this.#effects.push(this.#composer.send(to, body, first));
  }

  #drain(): Effect[] {
    const incarnation = this.#self.incarnation.toPersist();
    if (incarnation !== undefined) this.#effects.push({ type: "persist", incarnation });
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
