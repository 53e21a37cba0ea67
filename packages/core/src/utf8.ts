import { CodecError } from "./byte-codec.ts";

// See system-clock.ts for why these are declared here. They are the same on every platform.
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

const encoder = new TextEncoder();
// `ignoreBOM` keeps a leading byte order mark as a character, so that decoding loses nothing.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of `text`. A lone surrogate becomes U+FFFD, as the standard has it. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text whose UTF-8 is `bytes`; a `CodecError` when they are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new CodecError("not valid UTF-8");
  }
}
