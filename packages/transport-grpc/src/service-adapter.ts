import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  isMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Listener } from "@coterie/peer-session";
import { ErrorSchema, type Error as Failure } from "@coterie/wire";
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  type Metadata,
  type MethodDefinition,
  type ServiceDefinition,
  status as Status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  deserializer,
  frameSerializer,
  Malformed,
  type Plain,
  serializer,
  tolerantDeserializer,
} from "./codec.ts";
import { asDetails, encodeError } from "./error-status.ts";
import { serveStream } from "./stream-channel.ts";

export interface UnaryContext {
  /** What is left of the caller's gRPC deadline, in milliseconds; undefined when it set none. */
  readonly timeoutMs: number | undefined;
  /** The caller's address, for people. */
  readonly from: string;
  readonly metadata: Metadata;
}

/** Answers one request, with the response (as a plain object, too) or with the `coterie.v1.Error` that says why not. */
export type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: UnaryContext,
) => Promise<MessageInitShape<O> | Failure>;

/** Takes the sessions of a bidirectional method; a `SessionServer` fits. */
export type StreamListener<I extends DescMessage, O extends DescMessage> = Listener<
  Plain<MessageShape<O>>,
  MessageShape<I>
>;

type Implementation<M> = M extends { methodKind: infer K; input: infer I; output: infer O }
  ? I extends DescMessage
    ? O extends DescMessage
      ? K extends "unary"
        ? UnaryHandler<I, O>
        : K extends "bidi_streaming"
          ? StreamListener<I, O>
          : never
      : never
    : never
  : never;

/** One handler for each unary method of a protobuf-es service, one listener for each bidirectional one. */
export type ServiceImplementation<S extends DescService> = {
  readonly [K in keyof S["method"]]: Implementation<S["method"][K]>;
};

/** How grpc-js is told of one method; as the client side needs it. */
export function clientMethod<M extends DescMethod>(
  method: M,
): MethodDefinition<MessageShape<M["input"]>, MessageShape<M["output"]>> {
  return {
    ...shapeOf(method),
    requestSerialize: serializer(method.input),
    requestDeserialize: deserializer(method.input),
    responseSerialize: serializer(method.output),
    responseDeserialize: deserializer(method.output),
  } as unknown as MethodDefinition<MessageShape<M["input"]>, MessageShape<M["output"]>>;
}

/** What `Server.addService` of grpc-js takes, for a service of protobuf-es. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  const definition: Record<string, object> = {};
  for (const method of service.methods) {
    const serialize = method.methodKind === "unary" ? serializer : frameSerializer;
    definition[method.localName] = {
      ...shapeOf(method),
      requestSerialize: serializer(method.input),
      requestDeserialize: tolerantDeserializer(method.input),
      responseSerialize: serialize(method.output),
      responseDeserialize: deserializer(method.output),
    };
  }
  return definition as ServiceDefinition;
}

/** What goes with it; grpc-js answers UNIMPLEMENTED for what is left out. `onFault` hears of handlers that throw; their callers hear INTERNAL. */
export function serviceHandlers<S extends DescService>(
  service: S,
  implementation: Partial<ServiceImplementation<S>>,
  onFault: (error: unknown, method: string) => void,
): UntypedServiceImplementation {
  const handlers: UntypedServiceImplementation = {};
  for (const method of service.methods) {
    const given = implementation[method.localName as keyof S["method"]];
    if (given === undefined) continue;
    const name = `${service.typeName}/${method.name}`;
    if (method.methodKind === "unary") {
      const handler = given as unknown as UnaryHandler<DescMessage, DescMessage>;
      handlers[method.localName] = unary(handler, method.output, (error) => onFault(error, name));
    } else {
      const listener = given as unknown as StreamListener<DescMessage, DescMessage>;
      const serve: handleBidiStreamingCall<Message | Malformed, Plain<Message>> = (stream) =>
        serveStream(stream, listener);
      handlers[method.localName] = serve;
    }
  }
  return handlers;
}

function shapeOf(method: DescMethod) {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream:
      method.methodKind === "bidi_streaming" || method.methodKind === "client_streaming",
    responseStream:
      method.methodKind === "bidi_streaming" || method.methodKind === "server_streaming",
    originalName: method.localName,
  };
}

function unary(
  handler: UnaryHandler<DescMessage, DescMessage>,
  output: DescMessage,
  onFault: (error: unknown) => void,
): handleUnaryCall<Message | Malformed, Message> {
  return (call, answer) => {
    const { request } = call;
    if (request instanceof Malformed) {
      answer({ code: Status.INVALID_ARGUMENT, details: asDetails(request.detail) });
      return;
    }
    const deadline = Number(call.getDeadline());
    const context: UnaryContext = {
      timeoutMs: Number.isFinite(deadline) ? Math.max(0, deadline - Date.now()) : undefined,
      from: call.getPeer(),
      metadata: call.metadata,
    };
    const run = async () => handler(request, context); // a handler that throws at once is caught as well
    run().then(
      (result) => {
        if (isMessage(result, ErrorSchema)) answer(encodeError(result));
        else answer(null, create(output, result));
      },
      (error: unknown) => {
        onFault(error);
        answer({
          code: Status.INTERNAL,
          details: "the node failed at this request; its log says how",
        });
      },
    );
  };
}
