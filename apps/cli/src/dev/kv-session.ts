import { create } from "@bufbuild/protobuf";
import { randomBytes, systemClock, systemRandom, systemTimers } from "@coterie/core";
import { PeerLink } from "@coterie/peer-session";
import { GrpcDialer } from "@coterie/transport-grpc";
import {
  type ClientCall,
  ClientCallSchema,
  type ClientHello,
  ClientHelloSchema,
  type ClientReply,
  Encoding,
  GetRequestSchema,
  type GetResponse,
  KvService,
  PROTOCOL_VERSION,
  PutRequestSchema,
  type ServerHello,
} from "@coterie/wire";
import { CliError } from "../cli-error.ts";
import { cliError } from "../wire-error.ts";

const TIMEOUT_MS = 5_000;
const ATTEMPTS = 3;

/** Requests to one node, many in flight on one stream. */
export class KvSession {
  readonly #link: PeerLink<ClientHello, ClientCall, ClientReply, ServerHello>;

  constructor(address: string) {
    this.#link = new PeerLink({
      address,
      dialer: new GrpcDialer(KvService.method.connect),
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      hello: () =>
        create(ClientHelloSchema, { protocolVersion: PROTOCOL_VERSION, name: "coterie dev" }),
      check: (theirs) => theirs.refused?.message,
    });
  }

  async get(bucket: string, key: Uint8Array): Promise<GetResponse> {
    const value = create(GetRequestSchema, { bucket, key });
    const reply = await this.#call({ case: "get", value });
    if (reply.case !== "get") throw unexpected(reply);
    return reply.value;
  }

  async putJson(
    bucket: string,
    key: Uint8Array,
    value: Uint8Array,
    context: Uint8Array,
  ): Promise<void> {
    const operationId = randomBytes(systemRandom, 16);
    const request = { bucket, key, value, context, encoding: Encoding.JSON, operationId };
    const reply = await this.#call({ case: "put", value: create(PutRequestSchema, request) });
    if (reply.case !== "put") throw unexpected(reply);
  }

  close(): void {
    this.#link.close("done");
  }

  /** Repeats what got no answer: reads harm nobody, writes carry their operation id. */
  async #call(body: ClientCall["body"]): Promise<ClientReply["body"]> {
    let reason = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const result = await this.#link.call(create(ClientCallSchema, { body }), TIMEOUT_MS);
      if (result.type === "reply") return result.reply.body;
      reason = result.reason;
    }
    throw new CliError("unavailable", `${this.#link.address} did not answer: ${reason}`);
  }
}

function unexpected(body: ClientReply["body"]): CliError {
  if (body.case === "error") return cliError(body.value);
  return new CliError("internal", `a node answered with "${body.case}"`);
}
