export { type Durability, SqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
