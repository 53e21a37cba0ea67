import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ConnectRequestSchema,
  ConnectResponseSchema,
  ExchangeRequestSchema,
  ExchangeResponseSchema,
} from "@coterie/wire";

interface Frame {
  readonly hello?: { readonly $typeName: string };
  readonly requests?: readonly { readonly $typeName: string }[];
  readonly responses?: readonly { readonly $typeName: string }[];
}

const SCHEMAS: Readonly<Record<string, DescMessage>> = {
  "coterie.v1.PeerCall": ExchangeRequestSchema,
  "coterie.v1.PeerReply": ExchangeResponseSchema,
  "coterie.v1.ClientCall": ConnectRequestSchema,
  "coterie.v1.ClientReply": ConnectResponseSchema,
  "coterie.v1.ClientHello": ConnectRequestSchema,
  "coterie.v1.ServerHello": ConnectResponseSchema,
};

/** What the gRPC transport does to a frame: it is encoded, and what arrives is decoded from the bytes. */
export function throughWire<T>(frame: T): T {
  const { hello, requests, responses } = frame as Frame;
  const name = requests?.[0]?.$typeName ?? responses?.[0]?.$typeName ?? hello?.$typeName ?? "";
  // A node's hello is the same message both ways, and a heartbeat carries none: which list is there tells.
  const schema =
    SCHEMAS[name] ?? (requests === undefined ? ExchangeResponseSchema : ExchangeRequestSchema);
  return fromBinary(schema, toBinary(schema, create(schema, frame as never))) as T;
}
