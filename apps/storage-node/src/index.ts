export { StorageError } from "@coterie/shard-engine";
export { DirectoryLock, type QuarantineReport, quarantine, restore } from "@coterie/storage-sqlite";
export { logEvents, openLog } from "./event-log.ts";
export { StartFailure } from "./start-failure.ts";
export { type RunningNode, type StorageNodeOptions, startStorageNode } from "./storage-node.ts";
