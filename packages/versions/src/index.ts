export {
  type Causality,
  causalityOf,
  decodeCausality,
  encodeCausality,
  subsumes,
} from "./causality.ts";
export {
  type CausalContext,
  type DecodedContext,
  decodeContextToken,
  encodeContextToken,
} from "./context-token.ts";
export { commonEra, type Era, FIRST_ERA, isBehind, isOutdated } from "./era.ts";
export { foldClock, isFoldOf } from "./fold.ts";
export { followedBy } from "./follows.ts";
export { type LoneClock, loneClockOf } from "./lone-clock.ts";
export { type LoneVersion, loneVersionOf } from "./lone-version.ts";
export { EMPTY_VERSIONS, findOperation, highestStamp, mergeVersions } from "./merge.ts";
export {
  claimsFuture,
  type Minted,
  type MintRequest,
  mint,
  type OwnedRow,
  seenByRepeat,
} from "./mint.ts";
export { isOperationAt } from "./operation-id.ts";
export { RepeatedOperations } from "./repeated-operations.ts";
export {
  type Encoding,
  isLive,
  live,
  type Mode,
  type Version,
  type VersionSet,
} from "./version.ts";
export {
  decodeVersions,
  encodeVersions,
  type Operations,
  operationsOf,
} from "./version-codec.ts";
