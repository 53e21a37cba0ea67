// Whoever has the messages needs what makes and reads them, in the same version.
export { create, fromBinary, toBinary } from "@bufbuild/protobuf";
export * from "./gen/coterie/v1/admin_pb.ts";
export * from "./gen/coterie/v1/common_pb.ts";
export * from "./gen/coterie/v1/kv_pb.ts";
export * from "./gen/coterie/v1/membership_pb.ts";
export * from "./gen/coterie/v1/replica_pb.ts";
export { PROTOCOL_VERSION } from "./protocol-version.ts";
