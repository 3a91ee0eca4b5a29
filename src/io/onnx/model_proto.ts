/**
 * A graph as the bytes of an ONNX file. Field numbers are those of ONNX's `onnx.proto`.
 *
 * @module
 */
import { type DType, DTYPES } from "../../core/dtype.ts";
import { DataError } from "../../core/errors.ts";
import { VERSION } from "../../core/version.ts";
import { Message } from "./protobuf.ts";

/** Version 8 of the file format, and of the operators the first with LayerNormalization. */
const IR_VERSION = 8;
const OPSET = 17;

/** A tensor that is part of the file. */
export interface Constant {
  /** Its name in the graph. */
  name: string;
  /** Element type. */
  dtype: DType;
  /** Lengths of its dimensions. */
  shape: readonly number[];
  /** Its elements, row-major. */
  data: ArrayBufferView;
}

/** An attribute: a whole number, a number, a word, or whole numbers. */
export type Attribute = number | { float: number } | string | readonly number[];

/** An operator at work. */
export interface NodeProto {
  /** ONNX's operator. */
  op: string;
  /** Names of what it reads; "" where an input is left out. */
  inputs: readonly string[];
  /** Name of what it makes, which is the node's name too. */
  output: string;
  /** Names of what it makes before that, which nobody reads. */
  before?: readonly string[];
  /** Attributes by name. */
  attributes: Readonly<Record<string, Attribute>>;
}

/** What goes in or comes out. A dimension is a length, or the name of one that varies. */
export interface ValueInfo {
  /** Its name in the graph. */
  name: string;
  /** Element type. */
  dtype: DType;
  /** Dimensions. */
  shape: readonly (number | string)[];
}

/** All of a model. Nodes come after those whose outputs they read. */
export interface GraphProto {
  /** The graph's name. */
  name: string;
  /** What computes. */
  nodes: readonly NodeProto[];
  /** Weights and constants. */
  constants: readonly Constant[];
  /** What goes in. */
  input: ValueInfo;
  /** What comes out. */
  output: ValueInfo;
}

/** The bytes of an ONNX file. DataError from 2 GiB on, which protocol buffers cannot hold. */
export function encodeModel(graph: GraphProto): Uint8Array<ArrayBuffer> {
  const model = new Message()
    .int(1, IR_VERSION)
    .text(2, "glim")
    .text(3, VERSION)
    .message(7, graphProto(graph))
    .message(8, new Message().text(1, "").int(2, OPSET));
  if (model.length >= 2 ** 31) {
    throw new DataError(
      `exportOnnx: an ONNX file holds less than 2 GiB: the model takes ${model.length} bytes`,
    );
  }
  return model.encode();
}

function graphProto({ name, nodes, constants, input, output }: GraphProto): Message {
  const graph = new Message();
  for (const node of nodes) graph.message(1, nodeProto(node));
  graph.text(2, name);
  for (const constant of constants) graph.message(5, tensorProto(constant));
  return graph.message(11, valueInfo(input)).message(12, valueInfo(output));
}

function nodeProto({ op, inputs, output, before = [], attributes }: NodeProto): Message {
  const node = new Message();
  for (const input of inputs) node.text(1, input);
  for (const name of before) node.text(2, name);
  node.text(2, output).text(3, output).text(4, op);
  for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
  return node;
}

function attribute(name: string, value: Attribute): Message {
  const proto = new Message().text(1, name);
  if (typeof value === "number") return proto.int(3, value).int(20, 2);
  if (typeof value === "string") return proto.text(4, value).int(20, 3);
  if ("float" in value) return proto.float(2, value.float).int(20, 1);
  for (const item of value) proto.int(8, item);
  return proto.int(20, 7);
}

function tensorProto({ name, dtype, shape, data }: Constant): Message {
  const tensor = new Message();
  for (const length of shape) tensor.int(1, length);
  const { buffer, byteOffset, byteLength } = data;
  return tensor.int(2, DTYPES[dtype].onnx).text(8, name)
    .bytes(9, new Uint8Array(buffer, byteOffset, byteLength));
}

function valueInfo({ name, dtype, shape }: ValueInfo): Message {
  const dims = new Message();
  for (const dim of shape) {
    dims.message(
      1,
      typeof dim === "string" ? new Message().text(2, dim) : new Message().int(1, dim),
    );
  }
  const tensor = new Message().int(1, DTYPES[dtype].onnx).message(2, dims);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
