import { create } from "@bufbuild/protobuf";
import { systemClock, systemRandom, systemTimers } from "@coterie/core";
import { PeerLink, SessionServer } from "@coterie/peer-session";
import { approximateBytes, GrpcDialer } from "@coterie/transport-grpc";
import {
  MergeRowResultSchema,
  MergeRowSchema,
  type NodeHello,
  NodeHelloSchema,
  type PeerCall,
  PeerCallSchema,
  type PeerReply,
  PeerReplySchema,
  ReadRowResultSchema,
  ReadRowSchema,
  ReplicaService,
} from "@coterie/wire";
import type { BareShard } from "./bare-shard.ts";

type Link = PeerLink<NodeHello, PeerCall, PeerReply>;
const time = { clock: systemClock, timers: systemTimers };
const CALL_MS = 5_000;
const merged = create(MergeRowResultSchema, { epoch: 1 });

/** What one node of the skeleton does for the others: writes and reads a row, and no more. */
export function bareReplica(shard: BareShard): SessionServer<NodeHello, PeerCall, PeerReply> {
  return new SessionServer<NodeHello, PeerCall, PeerReply>({
    ...time,
    greet: () => ({ hello: create(NodeHelloSchema) }),
    handle: async ({ id, body }) => {
      if (body.case === "merge") {
        await shard.write(body.value.row, body.value.versions);
        return create(PeerReplySchema, { id, body: { case: "merge", value: merged } });
      }
      if (body.case !== "read") throw new Error(`the skeleton does not know ${body.case}`);
      const row = await shard.read(body.value.row);
      const value = create(ReadRowResultSchema, { epoch: 1, versions: row ?? new Uint8Array() });
      return create(PeerReplySchema, { id, body: { case: "read", value } });
    },
    reject: ({ id }) => create(PeerReplySchema, { id }),
    weighCall: approximateBytes,
    weighReply: approximateBytes,
  });
}

/** The others as seen from one node: W and R are counted here, with the own row as the first of two. */
export class BareReplicas {
  readonly #shard: BareShard;
  readonly #links: readonly Link[];
  #turn = 0;

  constructor(shard: BareShard, others: readonly string[]) {
    this.#shard = shard;
    this.#links = others.map(
      (address) =>
        new PeerLink<NodeHello, PeerCall, PeerReply>({
          ...time,
          address,
          dialer: new GrpcDialer(ReplicaService.method.exchange),
          random: systemRandom,
          hello: () => create(NodeHelloSchema),
          check: () => undefined,
          weigh: approximateBytes,
        }),
    );
  }

  /** Resolves when two of the three have the row durable. */
  write(row: Uint8Array, versions: Uint8Array): Promise<void> {
    const value = create(MergeRowSchema, { epoch: 1, row, versions });
    return new Promise((resolve, reject) => {
      let durable = 0;
      let failed = 0;
      const done = (isDurable: boolean): void => {
        if (isDurable && ++durable === 2) resolve();
        if (!isDurable && ++failed === 2) reject(new Error("fewer than two have it"));
      };
      void this.#shard.write(row, versions).then(() => done(true));
      for (const link of this.#links) {
        const call = create(PeerCallSchema, { body: { case: "merge", value } });
        void link.call(call, CALL_MS).then(({ type }) => done(type === "reply"));
      }
    });
  }

  /** The own row, once another has answered as well. */
  async read(row: Uint8Array): Promise<Uint8Array | undefined> {
    const link = this.#links[this.#turn++ % this.#links.length]!;
    const value = create(ReadRowSchema, { epoch: 1, row, causalityOnly: true });
    const asked = link.call(create(PeerCallSchema, { body: { case: "read", value } }), CALL_MS);
    const [own, other] = await Promise.all([this.#shard.read(row), asked]);
    if (other.type !== "reply") throw new Error(other.reason);
    return own;
  }
}
