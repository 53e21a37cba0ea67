import { create } from "@bufbuild/protobuf";
import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { SessionServer } from "@coterie/peer-session";
import { MemoryNetwork } from "@coterie/peer-session/testing";
import {
  BucketMode,
  BucketSchema,
  type ClientCall,
  type ClientHello,
  type ClientReply,
  ClientReplySchema,
  type ConnectRequest,
  type ConnectResponse,
  type Error_Code,
  ErrorSchema,
  GetResponseSchema,
  GetTopologyResponseSchema,
  PROTOCOL_VERSION,
  PutResponseSchema,
  ReceiptSchema,
  type ServerHello,
  ServerHelloSchema,
} from "@coterie/wire";
import { Store, type StoreOptions } from "../src/core/index.ts";

export type Answer = ClientReply["body"];
/** What a scripted node makes of a put or a get; `undefined` never answers. */
export type Script = (call: ClientCall, nth: number) => Answer | undefined | Promise<Answer>;

/** Three nodes that answer as the test says, and a store that reaches them, on virtual time. */
export class ScriptedCluster {
  readonly time = new VirtualTime();
  readonly network = new MemoryNetwork({ time: this.time });
  readonly scripts = new Map<string, Script>();
  /** Which node was asked what, in order, definitions and topologies aside. */
  readonly asked: { readonly node: string; readonly call: ClientCall }[] = [];
  topologies = 0;
  epoch = 1;
  readonly store: Store;
  readonly #listeners = new Map<string, { close(): void }>();

  constructor(options: StoreOptions = {}) {
    for (const id of NODES) this.start(id);
    const dialer = this.network.dialer<ConnectRequest, ConnectResponse>("client");
    const ports = { dialer, clock: this.time, timers: this.time, random: new SeededRandom(1) };
    this.store = new Store(["a"], ports, options);
  }

  start(id: string): void {
    const server = new SessionServer<ServerHello, ClientCall, ClientReply, ClientHello>({
      clock: this.time,
      timers: this.time,
      greet: () => ({
        hello: create(ServerHelloSchema, {
          protocolVersion: PROTOCOL_VERSION,
          nodeId: id,
          epoch: this.epoch,
        }),
      }),
      handle: async (call) =>
        create(ClientReplySchema, { body: await this.#answer(id, call), epoch: this.epoch }),
      reject: () => {
        throw new Error("no call is rejected here");
      },
    });
    this.#listeners.set(id, this.network.listen(id, server));
  }

  stop(id: string): void {
    this.#listeners.get(id)?.close();
  }

  /** Opens the store, with every session up. */
  async open(): Promise<void> {
    const ready = this.store.ready(1_000);
    await this.time.run(50);
    await ready;
  }

  /** The result of a call, or its error, and how long it took; time runs until it ends. */
  async outcome<T>(call: Promise<T>): Promise<{ result: T | unknown; tookMs: number }> {
    const startMs = this.time.monotonicMs();
    let ended: { result: T | unknown; tookMs: number } | undefined;
    const end = (result: T | unknown): void => {
      ended = { result, tookMs: this.time.monotonicMs() - startMs };
    };
    call.then(end, end);
    for (let i = 0; i < 20_000 && ended === undefined; i++) await this.time.run(1);
    if (ended === undefined) throw new Error("the call never ended");
    return ended;
  }

  #answer(id: string, call: ClientCall): Answer | Promise<Answer> {
    if (call.body.case === "topology") {
      this.topologies++;
      return { case: "topology", value: topology(this.epoch) };
    }
    const nth = this.asked.push({ node: id, call });
    const answer = (this.scripts.get(id) ?? obey)(call, nth);
    return answer ?? new Promise<never>(() => {});
  }
}

const NODES = ["a", "b", "c"];

function topology(epoch: number) {
  return create(GetTopologyResponseSchema, {
    epoch,
    partitions: 8,
    owners: NODES.map((id) => ({ id, weight: 1, zone: id })),
    addresses: NODES.map((id) => ({ id, address: id })),
    buckets: [create(BucketSchema, { name: "notes", n: 3, r: 2, w: 2, mode: BucketMode.SIBLINGS })],
  });
}

const receipt = create(ReceiptSchema, { epoch: 1, required: 2 });

/** A put is done, a get finds nothing. */
export function obey(call: ClientCall): Answer {
  return call.body.case === "get"
    ? { case: "get", value: create(GetResponseSchema, { receipt }) }
    : { case: "put", value: create(PutResponseSchema, { receipt }) };
}

export function refuse(code: Error_Code, detail: { retryAfterMs?: number } = {}): Answer {
  return { case: "error", value: create(ErrorSchema, { code, message: "scripted", ...detail }) };
}
