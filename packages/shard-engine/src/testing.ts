export { type ContractStore, orderedStoreContract, type Suite } from "./ordered-store-contract.ts";
