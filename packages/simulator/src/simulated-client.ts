import { create } from "@bufbuild/protobuf";
import {
  below,
  fraction,
  fromHex,
  pick,
  randomBytes,
  type SeededRandom,
  toHex,
} from "@coterie/core";
import type { CallResult } from "@coterie/peer-session";
import type { Bucket } from "@coterie/quorum";
import {
  type ClientCall,
  ClientCallSchema,
  type ClientReply,
  DeleteRequestSchema,
  Encoding,
  GetRequestSchema,
  PutRequestSchema,
} from "@coterie/wire";
import {
  acknowledgementOf,
  bytesOf,
  describe,
  outcomeOf,
  receiptOf,
  textOf,
} from "./client-answer.ts";
import { ClientLinks } from "./client-links.ts";
import type { CallOutcome, History, ReadRecord, WriteRecord } from "./history.ts";
import { NOTHING_SEEN, type Seen, SeenKeys } from "./seen-keys.ts";
import type { World } from "./world.ts";

export interface SimulatedClientOptions {
  readonly name: string;
  readonly world: World;
  readonly history: History;
  /** Addresses of the nodes' client listeners. */
  readonly nodes: readonly string[];
  readonly bucket: Bucket;
  readonly timeoutMs: number;
  /** How many nodes have committed an operation, as seen from outside. */
  readonly committersOf: (operationId: string) => number;
}

export interface GetOptions {
  readonly strict: boolean;
  readonly monotonic?: boolean;
  /** 0: the default of the bucket. */
  readonly r?: number;
  /** Address of the node to ask; by default chance picks one. */
  readonly via?: string;
}

export interface WriteOptions {
  readonly strict: boolean;
  /** Ignores what was seen of the key. */
  readonly blind?: boolean;
  /** 0: the default of the bucket. */
  readonly w?: number;
  readonly via?: string;
  /** Sends by mistake the context of this other key: to be refused. */
  readonly contextOf?: string;
  /** Asks once, whatever the answer is. */
  readonly once?: boolean;
  /** The same write again, under its operation id. */
  readonly retryOf?: WriteRecord;
}

/** How late an answer may be before the deadline counts as broken, milliseconds. */
const LATE_MS = 5;

/** Of the writes that were acknowledged so many are sent again: the answer was lost on the way, say. */
const ECHO_SHARE = 0.04;

/**
 * A client as applications write them: it reads, writes with the context it last saw, retries elsewhere
 * with the same operation id, and now and then vanishes between a read and its write. It records what it
 * asked and what it was told, and judges nothing.
 */
export class SimulatedClient {
  readonly #options: SimulatedClientOptions;
  readonly #links: ClientLinks;
  readonly #seen = new SeenKeys();
  #lives = 1;
  readonly #random: SeededRandom;

  constructor(options: SimulatedClientOptions) {
    this.#options = options;
    const { world, name } = options;
    this.#random = world.random.fork();
    this.#links = new ClientLinks({ name, world, random: this.#random });
    world.endpoints.add(name);
  }

  get name(): string {
    return this.#options.name;
  }

  close(): void {
    this.#links.close();
  }

  /** Forgets all contexts, as a process does that died and came back. */
  vanish(): void {
    this.#seen.clear();
    this.#lives++;
  }

  /** In the history: whoever has forgotten everything is somebody else. */
  get #who(): string {
    return this.#lives === 1 ? this.name : `${this.name}, life ${this.#lives}`;
  }

  async get(
    key: string,
    { strict, monotonic = false, r = 0, via }: GetOptions,
  ): Promise<ReadRecord> {
    const { world, history, bucket, timeoutMs } = this.#options;
    const record: ReadRecord = {
      kind: "get",
      client: this.#who,
      key,
      strict,
      monotonic,
      startMs: world.time.monotonicMs(),
      endMs: Number.POSITIVE_INFINITY,
      outcome: "pending",
      returned: [],
      required: r === 0 ? bucket.r : r,
      receipts: [],
    };
    history.addRead(record);
    const request = { bucket: bucket.name, key: bytesOf(key), strict, monotonic, timeoutMs, r };
    const attemptedAgain = this.#seen.attemptedAgain(key);
    const value = create(GetRequestSchema, { ...request, attemptedAgain });
    const body = { case: "get" as const, value };
    const { result, address } = await this.#call(body, via);
    record.endMs = world.time.monotonicMs();
    record.outcome = outcomeOf(result);
    if (result.type === "reply" && result.reply.body.case === "get") {
      const { siblings, context, receipt } = result.reply.body.value;
      record.returned = siblings.map(({ value }) => textOf(value));
      if (receipt !== undefined) record.receipts.push(receiptOf(receipt));
      this.#seen.read(key, context, record.returned);
    }
    this.#note(
      record,
      address,
      record.outcome,
      `[${record.returned.join(" ")}]${describe(result)}`,
    );
    return record;
  }

  put(key: string, options: WriteOptions): Promise<WriteRecord> {
    return this.#write("put", key, options);
  }

  delete(key: string, options: WriteOptions): Promise<WriteRecord> {
    return this.#write("delete", key, options);
  }

  async #write(
    kind: "put" | "delete",
    key: string,
    { strict, blind = false, w = 0, via, contextOf = key, once = false, retryOf }: WriteOptions,
  ): Promise<WriteRecord> {
    const { world, history, bucket, timeoutMs } = this.#options;
    const seen = blind ? NOTHING_SEEN : this.#seen.of(contextOf);
    const operationId = retryOf?.operationId ?? toHex(randomBytes(this.#random, 16));
    const record: WriteRecord = retryOf ?? {
      kind,
      operationId,
      client: this.#who,
      key,
      strict,
      startMs: world.time.monotonicMs(),
      endMs: Number.POSITIVE_INFINITY,
      outcome: "pending",
      covers: contextOf === key ? seen.operations : NOTHING_SEEN.operations,
      required: w === 0 ? bucket.w : w,
      receipts: [],
    };
    if (retryOf === undefined) history.addWrite(record);
    const common = {
      bucket: bucket.name,
      key: bytesOf(key),
      context: seen.context,
      strict,
      timeoutMs,
      w,
      operationId: fromHex(operationId)!,
    };
    const bodyOf = (retry: boolean): ClientCall["body"] =>
      kind === "delete"
        ? { case: "delete", value: create(DeleteRequestSchema, { ...common, retry }) }
        : {
            case: "put",
            value: create(PutRequestSchema, {
              ...common,
              retry,
              value: bytesOf(operationId),
              encoding: Encoding.UTF8,
            }),
          };
    let doubt = record.outcome === "inDoubt";
    for (let attempt = 0; ; attempt++) {
      const retry = attempt > 0 || retryOf !== undefined;
      if (retry) this.#seen.repeated(key, operationId);
      const { result, address } = await this.#call(bodyOf(retry), via);
      const outcome = outcomeOf(result);
      doubt ||= outcome === "inDoubt";
      this.#note(record, address, outcome, `${operationId}${describe(result)}`);
      if (outcome === "ok") this.#onAcknowledged(record, seen, result, retry);
      else if (record.outcome !== "ok") {
        record.endMs = world.time.monotonicMs();
        // Once an attempt is in doubt, a later refusal cannot take it back.
        record.outcome = doubt ? "inDoubt" : outcome;
      }
      if (once || outcome === "invalid" || attempt >= 2) return record;
      const again = record.outcome === "ok" ? ECHO_SHARE : 0.6;
      if (fraction(this.#random) >= again) return record;
      await world.sleep(below(this.#random, 200));
    }
  }

  #onAcknowledged(
    record: WriteRecord,
    seen: Seen,
    result: CallResult<ClientReply>,
    retry: boolean,
  ): void {
    const { world, committersOf } = this.#options;
    const { operationId, key } = record;
    const { context, receipt, attemptedAgain } = acknowledgementOf(result);
    if (record.outcome !== "ok") record.endMs = world.time.monotonicMs();
    record.outcome = "ok";
    if (receipt !== undefined) record.receipts.push(receiptOf(receipt, committersOf(operationId)));
    this.#seen.acknowledged(key, operationId, seen, context, retry || attemptedAgain);
  }

  async #call(
    body: ClientCall["body"],
    via: string | undefined,
  ): Promise<{ result: CallResult<ClientReply>; address: string }> {
    const { world, nodes, timeoutMs, history, name } = this.#options;
    const address = via ?? pick(this.#random, nodes);
    const startMs = world.time.monotonicMs();
    const result = await this.#links.call(address, create(ClientCallSchema, { body }), timeoutMs);
    const tookMs = world.time.monotonicMs() - startMs;
    if (tookMs > timeoutMs + LATE_MS) {
      history.late.push({ client: name, address, byMs: tookMs - timeoutMs });
    }
    return { result, address };
  }

  #note(
    { kind, strict, key }: ReadRecord | WriteRecord,
    address: string,
    outcome: CallOutcome,
    what: string,
  ): void {
    const { world, name } = this.#options;
    world.log.add(name, `${strict ? "strict " : ""}${kind} at ${address}: ${outcome} ${what}`, key);
  }
}
