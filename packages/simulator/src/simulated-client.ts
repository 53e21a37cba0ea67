import { create } from "@bufbuild/protobuf";
import { below, fraction, fromHex, pick, randomBytes, toHex } from "@coterie/core";
import { PROTOCOL_VERSION } from "@coterie/node";
import { type CallResult, PeerLink } from "@coterie/peer-session";
import {
  type ClientCall,
  ClientCallSchema,
  type ClientHello,
  ClientHelloSchema,
  type ClientReply,
  DeleteRequestSchema,
  Encoding,
  Error_Code,
  GetRequestSchema,
  PutRequestSchema,
  type ServerHello,
} from "@coterie/wire";
import type { CallOutcome, History, ReadRecord, WriteRecord } from "./history.ts";
import type { World } from "./world.ts";

/** What a client remembers of a key: the context it was given last, and which writes that covers. */
interface Seen {
  readonly context: Uint8Array;
  readonly operations: ReadonlySet<string>;
}

type Link = PeerLink<ClientHello, ClientCall, ClientReply, ServerHello>;

export interface SimulatedClientOptions {
  readonly name: string;
  readonly world: World;
  readonly history: History;
  /** Addresses of the nodes' client listeners. */
  readonly nodes: readonly string[];
  readonly bucket: string;
  readonly timeoutMs: number;
}

const NOTHING: Seen = { context: new Uint8Array(), operations: new Set() };

/** How late an answer may be before the deadline counts as broken, milliseconds. */
const LATE_MS = 5;

/**
 * A client as applications write them: it reads, writes with the context it last saw, retries elsewhere
 * with the same operation id, and now and then vanishes between a read and its write. It records what it
 * asked and what it was told, and judges nothing.
 */
export class SimulatedClient {
  readonly #options: SimulatedClientOptions;
  readonly #links = new Map<string, Link>();
  readonly #seen = new Map<string, Seen>();

  constructor(options: SimulatedClientOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  /** Forgets all contexts, as a process does that died and came back. */
  vanish(): void {
    this.#seen.clear();
  }

  /** `r` of 0: the default of the bucket. */
  async get(key: string, strict: boolean, r = 0): Promise<ReadRecord> {
    const { world, history, bucket, timeoutMs, name } = this.#options;
    const record: ReadRecord = {
      kind: "get",
      client: name,
      key,
      strict,
      startMs: world.time.monotonicMs(),
      endMs: Number.POSITIVE_INFINITY,
      outcome: "pending",
      returned: [],
    };
    history.addRead(record);
    const request = create(GetRequestSchema, { bucket, key: bytesOf(key), strict, timeoutMs, r });
    const { result, address } = await this.#call({ case: "get", value: request });
    record.endMs = world.time.monotonicMs();
    record.outcome = outcomeOf(result);
    if (result.type === "reply" && result.reply.body.case === "get") {
      const { siblings, context } = result.reply.body.value;
      record.returned = siblings.map(({ value }) => textOf(value));
      this.#seen.set(key, { context, operations: new Set(record.returned) });
    }
    this.#note(record, address, `[${record.returned.join(", ")}]`);
    return record;
  }

  /** Writes; `blind` ignores what was seen of the key. */
  put(key: string, options: { strict: boolean; blind?: boolean }): Promise<WriteRecord> {
    return this.#write("put", key, options);
  }

  delete(key: string, options: { strict: boolean }): Promise<WriteRecord> {
    return this.#write("delete", key, options);
  }

  async #write(
    kind: "put" | "delete",
    key: string,
    { strict, blind = false }: { strict: boolean; blind?: boolean },
  ): Promise<WriteRecord> {
    const { world, history, bucket, timeoutMs, name } = this.#options;
    const seen = (blind ? undefined : this.#seen.get(key)) ?? NOTHING;
    const operationId = toHex(randomBytes(world.random, 16));
    const record: WriteRecord = {
      kind,
      operationId,
      client: name,
      key,
      strict,
      startMs: world.time.monotonicMs(),
      endMs: Number.POSITIVE_INFINITY,
      outcome: "pending",
      covers: seen.operations,
    };
    history.addWrite(record);
    const common = {
      bucket,
      key: bytesOf(key),
      context: seen.context,
      strict,
      timeoutMs,
      operationId: fromHex(operationId)!,
    };
    const body: ClientCall["body"] =
      kind === "delete"
        ? { case: "delete", value: create(DeleteRequestSchema, common) }
        : {
            case: "put",
            value: create(PutRequestSchema, {
              ...common,
              value: bytesOf(operationId),
              encoding: Encoding.UTF8,
            }),
          };
    let doubt = false;
    for (let attempt = 0; ; attempt++) {
      const { result, address } = await this.#call(body);
      const outcome = outcomeOf(result);
      doubt ||= outcome === "inDoubt";
      record.endMs = world.time.monotonicMs();
      this.#note({ ...record, outcome }, address, `${operationId}${describe(result)}`);
      // Once an attempt is in doubt, a later refusal cannot take it back.
      record.outcome = outcome !== "ok" && doubt ? "inDoubt" : outcome;
      if (outcome === "ok") {
        const context = contextOf(result);
        this.#seen.set(key, { context, operations: new Set([...seen.operations, operationId]) });
        return record;
      }
      if (outcome === "invalid" || attempt === 2 || fraction(world.random) < 0.4) return record;
      await this.#sleep(below(world.random, 200));
    }
  }

  async #call(
    body: ClientCall["body"],
  ): Promise<{ result: CallResult<ClientReply>; address: string }> {
    const { world, nodes, timeoutMs, history, name } = this.#options;
    const address = pick(world.random, nodes);
    const startMs = world.time.monotonicMs();
    const result = await this.#link(address).call(create(ClientCallSchema, { body }), timeoutMs);
    const tookMs = world.time.monotonicMs() - startMs;
    if (tookMs > timeoutMs + LATE_MS) {
      history.late.push({ client: name, key: address, byMs: tookMs - timeoutMs });
    }
    return { result, address };
  }

  #link(address: string): Link {
    let link = this.#links.get(address);
    if (link === undefined) {
      const { world, name } = this.#options;
      link = new PeerLink({
        address,
        dialer: world.network.dialer(name),
        clock: world.time,
        timers: world.time,
        random: world.random,
        hello: () => create(ClientHelloSchema, { protocolVersion: PROTOCOL_VERSION, name }),
        check: (theirs) => theirs.refused?.message,
      });
      this.#links.set(address, link);
    }
    return link;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.world.time.after(ms, resolve));
  }

  #note(record: ReadRecord | WriteRecord, address: string, what: string): void {
    const { world, name } = this.#options;
    const strict = record.strict ? " strict" : "";
    world.log.add(
      name,
      `${record.kind}${strict} ${record.key} at ${address}: ${record.outcome} ${what}`,
    );
  }
}

function outcomeOf(result: CallResult<ClientReply>): CallOutcome {
  if (result.type === "notSent") return "failed";
  if (result.type === "lost") return "inDoubt";
  const { body } = result.reply;
  if (body.case !== "error") return "ok";
  switch (body.value.code) {
    case Error_Code.INVALID:
      return "invalid";
    case Error_Code.IN_DOUBT:
    case Error_Code.INTERNAL:
      return "inDoubt";
    default:
      return "failed";
  }
}

function describe(result: CallResult<ClientReply>): string {
  if (result.type !== "reply") return ` (${result.reason})`;
  const { body } = result.reply;
  return body.case === "error" ? ` (${body.value.message})` : "";
}

function contextOf(result: CallResult<ClientReply>): Uint8Array {
  if (result.type !== "reply") return new Uint8Array();
  const { body } = result.reply;
  return body.case === "put" || body.case === "delete" ? body.value.context : new Uint8Array();
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
