export type { NodeDigest } from "./digest-codec.ts";
export {
  decodeExchangeReply,
  decodeExchangeRequest,
  encodeExchangeReply,
  encodeExchangeRequest,
} from "./exchange-codec.ts";
export type { ExchangeEffect, Suspect } from "./exchange-effect.ts";
export type {
  CompareRequest,
  DifferingReply,
  ExchangeReply,
  ExchangeRequest,
  Item,
  ItemsReply,
  LeafItems,
  ListRequest,
  RefusedReply,
} from "./exchange-message.ts";
export type { KeyDifference } from "./item-difference.ts";
export { LeafSpace } from "./leaf-space.ts";
export { type ExchangeLimits, MerkleExchange } from "./merkle-exchange.ts";
export { MerkleTree, type TreeShape } from "./merkle-tree.ts";
export { type Response, respond } from "./responder.ts";
export { itemHash, leafSum } from "./sum.ts";
