import {
  create,
  type DescMessage,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";

/** Bytes that were no message of the expected type. A value, not an exception, so that it is answered in words. */
export class Malformed {
  readonly detail: string;
  constructor(detail: string) {
    this.detail = detail;
  }
}

/** A message without what only the generated code adds: what peer-session calls a frame. */
export type Plain<T> = Omit<T, "$typeName" | "$unknown">;

/** grpc-js wants a Buffer; this is a view, not a copy. */
export function serializer<D extends DescMessage>(schema: D): (message: MessageShape<D>) => Buffer {
  return (message) => {
    const bytes = toBinary(schema, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

/** Like `serializer`, for plain frames whose parts are messages already. */
export function frameSerializer<D extends DescMessage>(
  schema: D,
): (frame: Plain<MessageShape<D>>) => Buffer {
  const serialize = serializer(schema);
  return (frame) => serialize(Object.assign(create(schema), frame));
}

/** Throws on malformed bytes. Byte fields of the message are views of the frame it came in. */
export function deserializer<D extends DescMessage>(schema: D): (bytes: Buffer) => MessageShape<D> {
  // As a plain Uint8Array: byte fields are cut from it, and one that is a Buffer compares and prints differently.
  return (bytes) =>
    fromBinary(schema, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** For the server side, where grpc-js answers a throw without saying what was wrong. */
export function tolerantDeserializer<D extends DescMessage>(
  schema: D,
): (bytes: Buffer) => MessageShape<D> | Malformed {
  const deserialize = deserializer(schema);
  return (bytes) => {
    try {
      return deserialize(bytes);
    } catch (error) {
      return new Malformed(`not a ${schema.typeName}: ${(error as Error).message}`);
    }
  };
}
