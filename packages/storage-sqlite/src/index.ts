export { DirectoryLock } from "./directory-lock.ts";
export type { MailboxLimits } from "./mailbox-limits.ts";
export {
  type BackUpReport,
  type OpenShards,
  type OpenShardsOptions,
  openShards,
} from "./open-shards.ts";
export { type QuarantinedShard, type QuarantineReport, quarantine } from "./quarantine.ts";
export { restore } from "./restore.ts";
export { type Durability, SqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
