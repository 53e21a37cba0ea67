import { parseAddress } from "@coterie/storage-node/address";
import { CliError } from "./cli-error.ts";

/** HOST:PORT,HOST:PORT,… taken apart. Throws `CliError`. */
export function clusterAddresses(text: string): [string, ...string[]] {
  const addresses = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const bad = addresses.find((address) => parseAddress(address) === undefined);
  if (bad !== undefined) {
    throw new CliError("usage", `--cluster: "${bad}" is not HOST:PORT, such as 127.0.0.1:7400`);
  }
  const [first, ...rest] = addresses;
  if (first === undefined) {
    throw new CliError("usage", "--cluster names no address: give HOST:PORT,HOST:PORT,…");
  }
  return [first, ...rest];
}
