/** A frame of the dialling side: its first carries `hello`; one with no hello and no requests is a heartbeat. */
export interface OutFrame<Hello, Call> {
  hello?: Hello | undefined;
  requests: Call[];
}

/** A frame of the dialled side: its first carries `hello`; one with no hello and no responses is a heartbeat. */
export interface InFrame<Hello, Reply> {
  hello?: Hello | undefined;
  responses: Reply[];
}

/** What a link must find on a call. It fills both in on a copy of its own; the caller's object is left alone. */
export interface AnyCall {
  /** Unique on one session among the calls in flight; unsigned 32 bits. */
  id: number;
  /** What is left of the caller's patience when the call is sent, in whole milliseconds, at least 1. */
  timeoutMs: number;
}

/** What a session server must find on a reply; it fills the id in. */
export interface AnyReply {
  id: number;
}

/**
 * One end of an ordered duplex stream: frames arrive in the order in which they were sent, and none is
 * ever skipped. A transport that loses a frame closes the channel.
 */
export interface Channel<Out> {
  /**
   * Hands one frame over. The frame belongs to the transport from here on. `written` is called once, later
   * and never from inside `send`, when the transport can take the next frame; never after `closed`.
   * At most one frame is outstanding.
   */
  send(frame: Out, written: () => void): void;
  /** Stops reading: at most a frame or two that are already here still arrive. */
  pause(): void;
  resume(): void;
  /**
   * Ends the session; this end's events are over at once. What the dialled end had written still arrives
   * before its close does (a refusal must); what a dialling end had written may be dropped.
   */
  close(reason: string): void;
}

/** What a channel tells its end. Never called from inside `dial`, `accept` or `send`. */
export interface ChannelEvents<In> {
  frame(frame: In): void;
  /** The other end will send nothing more, and still reads. Without it such an end counts as gone. */
  ended?(): void;
  /** The session is over, for whatever reason; the last event. Not called for this end's own `close`. */
  closed(reason: string): void;
}

/** The dialling half of a transport. */
export interface Dialer<Out, In> {
  /**
   * Opens a fresh channel, and nothing shared with an earlier one: whoever dials again does so because the
   * last connection is dead or stuck. Never throws: what is wrong arrives as `closed`.
   */
  dial(address: string, events: ChannelEvents<In>): Channel<Out>;
}

/** What a transport hands each incoming session to; `SessionServer` is one. */
export interface Listener<Out, In> {
  /** `from` is the other end's address, for people to read. */
  accept(channel: Channel<Out>, from: string): ChannelEvents<In>;
}
