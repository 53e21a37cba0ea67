import { CodecError, decodeUtf8 } from "@coterie/core";

/** A line of a file that may be larger than memory. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Where the next line begins, bytes from the file's start. */
  readonly nextOffset: number;
  /** Without its end; undefined when it is too long or not UTF-8: then `fault` is a sentence. */
  readonly text: string | undefined;
  readonly fault?: string;
}

/** Where reading begins. */
export interface LineStart {
  readonly offset: number;
  /** Of the line that begins there. */
  readonly number: number;
}

/** Longer than any value a node takes, escaped as JSON. */
const LINE_BYTES_MAX = 16 << 20;
const NEWLINE = 10;
const RETURN = 13;

/** Splits bytes into lines, ended by LF or CRLF; holds one line at a time. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  start: LineStart,
): AsyncGenerator<Line, void, undefined> {
  let { number, offset } = start;
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (part: Uint8Array): void => {
    length += part.length;
    if (length <= LINE_BYTES_MAX) parts.push(part);
    else parts = [];
  };
  const end = (withNewline: number): Line => {
    offset += length + withNewline;
    const line = { number: number++, nextOffset: offset, ...textOf(parts, length) };
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, at));
      yield end(1);
      from = at + 1;
    }
    if (from < chunk.length) take(chunk.slice(from));
  }
  if (length > 0) yield end(0);
}

function textOf(parts: readonly Uint8Array[], length: number): Pick<Line, "text" | "fault"> {
  if (length > LINE_BYTES_MAX) {
    return { text: undefined, fault: `it is longer than ${LINE_BYTES_MAX} bytes` };
  }
  const bytes = Buffer.concat(parts);
  try {
    return { text: decodeUtf8(bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes) };
  } catch (error) {
    if (error instanceof CodecError) return { text: undefined, fault: "it is not UTF-8" };
    throw error;
  }
}
