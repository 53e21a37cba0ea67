export { CachedStore } from "./cached-store.ts";
export { CommittedRowCache, type CommittedRowCacheOptions } from "./committed-row-cache.ts";
export { LocalMailbox, type LocalMailboxOptions } from "./local-mailbox.ts";
