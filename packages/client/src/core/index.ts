export type {
  BucketDefinition,
  BucketInfo,
  BucketOptions,
  Merge,
  MergeFunction,
} from "./bucket-options.ts";
export type { CallOptions, Level, PutOptions, ReadOptions, WriteOptions } from "./call-options.ts";
export { CoterieError, type ErrorCode } from "./coterie-error.ts";
export type { Key } from "./key.ts";
export { type FailedPut, ManyError, type ManyOptions } from "./many.ts";
export { mapConcurrently } from "./map-concurrently.ts";
export type {
  MergedBucket,
  SettledDeleteOptions,
  SettledEntry,
  SettledPutEntry,
  SettledPutOptions,
} from "./merged-bucket.ts";
export type { ClientDialer } from "./node-link.ts";
export type { RawBucket, RawEntry } from "./raw-bucket.ts";
export type { EncodingName, RawRead, RawSibling, RawValue } from "./raw-value.ts";
export type {
  AbsentRead,
  Basis,
  Read,
  Receipt,
  Seen,
  SettledRead,
  SiblingsRead,
  ValueRead,
  Written,
} from "./result.ts";
export type { Entry, PutEntry, SiblingBucket } from "./sibling-bucket.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
export { openStore, Store, type StoreOptions, type StorePorts } from "./store.ts";
export type { UpdateOptions } from "./updating.ts";
