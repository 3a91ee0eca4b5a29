/** Reads what tests ask of an ONNX file. */
import assert from "node:assert/strict";

/** The fields of a protocol buffer by number: varints as bigints, all else as bytes. */
export type Fields = Map<number, (bigint | Uint8Array<ArrayBuffer>)[]>;

export function fieldsOf(bytes: Uint8Array<ArrayBuffer>): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = bytes[at++];
      assert(byte !== undefined);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const type = key & 7;
    assert(type === 0 || type === 2 || type === 5, `type ${type}`);
    const number = type === 5 ? 4n : varint();
    const value = type === 0 ? number : bytes.slice(at, at += Number(number));
    fields.set(key >> 3, [...fields.get(key >> 3) ?? [], value]);
  }
  assert.equal(at, bytes.length);
  return fields;
}

/** What an ONNX file says: names of nodes, initializers' bytes, dimensions of input and output. */
export interface OnnxGraph {
  nodes: string[];
  initializers: Map<string, Uint8Array<ArrayBuffer>>;
  input: (number | string)[];
  output: (number | string)[];
}

export function graphOf(file: Uint8Array<ArrayBuffer>): OnnxGraph {
  const graph = messages(fieldsOf(file), 7)[0]!;
  return {
    nodes: messages(graph, 1).map((node) => text(node, 3)),
    initializers: new Map(
      messages(graph, 5)
        .filter((tensor) => !text(tensor, 8).startsWith("constant"))
        .map((tensor) => [text(tensor, 8), tensor.get(9)![0] as Uint8Array<ArrayBuffer>]),
    ),
    input: dimensions(messages(graph, 11)[0]!),
    output: dimensions(messages(graph, 12)[0]!),
  };
}

function messages(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).map((bytes) => fieldsOf(bytes as Uint8Array<ArrayBuffer>));
}

function text(fields: Fields, number: number): string {
  return new TextDecoder().decode(fields.get(number)![0] as Uint8Array<ArrayBuffer>);
}

function dimensions(value: Fields): (number | string)[] {
  const [tensor] = messages(messages(value, 2)[0]!, 1);
  const [shape] = messages(tensor!, 2);
  return messages(shape!, 1).map((dim) => dim.has(2) ? text(dim, 2) : Number(dim.get(1)![0]));
}
