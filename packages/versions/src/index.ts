export {
  type Causality,
  causalityOf,
  decodeCausality,
  subsumes,
} from "./causality.ts";
export {
  type CausalContext,
  type DecodedContext,
  decodeContextToken,
  encodeContextToken,
} from "./context-token.ts";
export { EMPTY_VERSIONS, findOperation, highestStamp, mergeVersions } from "./merge.ts";
export {
  claimsFuture,
  contextOfRepeat,
  type Minted,
  type MintRequest,
  mint,
  type OwnedRow,
} from "./mint.ts";
export {
  type Encoding,
  isLive,
  live,
  type Mode,
  type Version,
  type VersionSet,
} from "./version.ts";
export { decodeVersions, encodeVersions, operationIdsOf } from "./version-codec.ts";
