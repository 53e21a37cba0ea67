import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

// What puts and gets need of etcd's gRPC API (`etcdserverpb`, `mvccpb`), by its field numbers; the rest is skipped.

export const PUT_PATH = "/etcdserverpb.KV/Put";
export const RANGE_PATH = "/etcdserverpb.KV/Range";

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface RangeRequest {
  /** This key alone. */
  readonly key: Uint8Array;
  /** Answered by the member that is asked, from what it has; else agreed with the leader first. */
  readonly serializable: boolean;
}

export interface RangeResponse {
  readonly values: readonly Uint8Array[];
}

export function encodePut({ key, value }: PutRequest): Buffer {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).bytes(key);
  writer.tag(2, WireType.LengthDelimited).bytes(value);
  return asBuffer(writer.finish());
}

export function encodeRange({ key, serializable }: RangeRequest): Buffer {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).bytes(key);
  if (serializable) writer.tag(7, WireType.Varint).bool(true);
  return asBuffer(writer.finish());
}

export function decodeRange(bytes: Uint8Array): RangeResponse {
  const values: Uint8Array[] = [];
  for (const pair of fieldsOf(bytes, 2)) {
    // Of a key-value pair the value; an empty one is left out on the wire.
    values.push(fieldsOf(pair, 5)[0] ?? new Uint8Array());
  }
  return { values };
}

/** What stands in the fields of this number, each a block of bytes. */
function fieldsOf(bytes: Uint8Array, number: number): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === number && type === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(type, field);
  }
  return found;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
