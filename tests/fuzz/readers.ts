/** All that read bytes which they did not make. A new reader gets a row here. */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { zipSync } from "npm:fflate@0.8.2";
import { data, DataError, manualSeed, nn, optim, randn, train } from "../../mod.ts";
import { readIdx } from "../../src/data/idx.ts";
import { unpackLz4Frame } from "../../src/data/table/lz4_frame.ts";
import { readPng } from "../../cli/images/picture.ts";
import { crc32 } from "../../src/core/crc32.ts";
import { decodeNpy, decodeSafetensorsFile } from "../../src/io/mod.ts";
import { decodeNpz } from "../../src/io/npz.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import columns from "../fixtures/column_files.json" with { type: "json" };
import lz4 from "../fixtures/lz4_frames.json" with { type: "json" };
import numpy from "../fixtures/numpy_files.json" with { type: "json" };
import torch from "../fixtures/state.json" with { type: "json" };
import { packPng, pngInners } from "./png_files.ts";

/** A real file, in two forms, so that changes reach what lies behind lengths and checksums. */
export interface RealFile {
  /** What is packed: a header, or what a file holds before it is compressed. */
  inner: Uint8Array;
  /** The file with an inner part, its lengths and checksums right. */
  pack(inner: Uint8Array): Uint8Array;
}

/** Something that reads bytes. */
export interface Reader {
  name: string;
  files: readonly RealFile[];
  /** Reads, gives back all memory, and tells how many bytes the results had. */
  read(bytes: Uint8Array): number | Promise<number>;
  /** What it throws where the bytes are not what they should be. */
  error: new (message: string) => Error;
  /** How many bytes one of the file may stand for: more than 1 where files are compressed. */
  expansion: number;
}

/** Deflate's best: 258 bytes in two bits. */
const DEFLATE = 1032;

function release(tensors: Iterable<Tensor>): number {
  let bytes = 0;
  for (const tensor of tensors) {
    bytes += tensor.toTypedArray().byteLength;
    tensor[Symbol.dispose]();
  }
  return bytes;
}

/** The readers. */
export const readers: readonly Reader[] = [
  {
    name: "safetensors",
    files: [Uint8Array.fromBase64(torch.safetensors), wideSafetensors()].map(safetensorsParts),
    read: (bytes) =>
      release(decodeSafetensorsFile(bytes, { skipUnsupported: true }).tensors.values()),
    error: DataError,
    expansion: 1,
  },
  {
    name: "npy",
    files: Object.values(numpy.cases).map(({ file }) => npyParts(Uint8Array.fromBase64(file))),
    read: (bytes) => release([decodeNpy(bytes)]),
    error: DataError,
    expansion: 1,
  },
  {
    name: "npz",
    files: [
      ...[numpy.savez, numpy.savezCompressed].map((text) => plain(Uint8Array.fromBase64(text))),
      ...[0, 6].flatMap((level) =>
        Object.values(numpy.cases).map(({ file }) => zipped(file, level))
      ),
    ],
    read: (bytes) => release(decodeNpz(bytes, { limit: 2 ** 20 }).values()),
    error: DataError,
    expansion: DEFLATE,
  },
  {
    name: "IDX",
    files: idxFiles().map(plain),
    read: (bytes) => readIdx(bytes).data.byteLength,
    error: DataError,
    expansion: 1,
  },
  {
    name: "gzip IDX",
    files: idxFiles().map((inner) => ({ inner, pack: (bytes) => gzipSync(bytes, { level: 1 }) })),
    read: (bytes) => readIdx(bytes).data.byteLength,
    error: DataError,
    expansion: DEFLATE,
  },
  {
    name: "checkpoint",
    files: [checkpointParts(await checkpointFile())],
    read: (bytes) => {
      let made = 0;
      for (const { data } of train.decodeCheckpoint(bytes).tensors.values()) {
        made += data.byteLength;
      }
      return made;
    },
    error: DataError,
    expansion: 1,
  },
  {
    name: "CSV",
    files: csvFiles().map(plain),
    read: (bytes) => tableBytes(data.parseCsv(bytes)),
    error: DataError,
    expansion: 16, // a comma and a digit become a float64; room for rows is a guess
  },
  {
    name: "WAV",
    files: [plain(wavFile())],
    read: (bytes) => data.decodeWav(bytes).samples.byteLength,
    error: DataError,
    expansion: 4, // a sample may be a byte, and becomes a float32
  },
  {
    name: "JSON table",
    files: ['[{"a": 1, "b": "x"}, {"a": null, "b": "y"}]', '{"a": 1.5}\n{"a": -2e3}\n'].map((
      text,
    ) => plain(new TextEncoder().encode(text))),
    read: (bytes) => tableBytes(data.parseJson(bytes)),
    error: DataError,
    expansion: 1000, // each name makes a column of as many values as there are rows
  },
  { ...columnar("parquet", /parquet$/), error: DataError },
  { ...columnar("arrow", /arrows?$|feather$/), error: DataError },
  {
    name: "LZ4 frame",
    files: Object.values(lz4.frames).map((text) => plain(Uint8Array.fromBase64(text))),
    read: (bytes) => unpackLz4Frame(bytes, 150_000).length,
    error: DataError,
    expansion: 255,
  },
  {
    name: "PNG",
    files: pngInners().map((inner) => ({ inner, pack: packPng })),
    read: (bytes) => {
      const { grey, opacity } = readPng(bytes);
      return grey.length + (opacity?.length ?? 0);
    },
    error: DataError,
    expansion: 16 * DEFLATE, // a bit may become a grey and an opacity
  },
];

/** The files with such an end, and what reads them. */
function columnar(name: "parquet" | "arrow", end: RegExp): Omit<Reader, "error"> {
  return {
    name,
    files: Object.entries(columns.files).filter(([file]) => end.test(file))
      .map(([_, text]) => plain(Uint8Array.fromBase64(text))),
    read: async (bytes) => tableBytes(await data[name](bytes)),
    expansion: 2000, // of a run of equal values a few bytes are there, and each row is an object
  };
}

function tableBytes({ columns }: data.Table): number {
  return columns.reduce((sum, { values }) => sum + values.byteLength, 0);
}

function wavFile(): Uint8Array {
  const head = "RIFF....WAVEfmt ....................data....";
  const file = Uint8Array.from({ length: 60 }, (_, i) => head.charCodeAt(i) || i);
  const view = new DataView(file.buffer);
  for (const [at, value] of [[4, 52], [16, 16], [24, 8000], [40, 16]]) {
    view.setUint32(at!, value!, true);
  }
  for (const [at, value] of [[20, 1], [22, 1], [34, 16]]) view.setUint16(at!, value!, true);
  return file;
}

function csvFiles(): Uint8Array[] {
  return [
    'a,"b ""c""",d\r\n1.5,x,2020-01-02\r\n-2e-3,"y, z",NA\r\n12345678901234567,x,2021-03-04T05:06:07Z\r\n',
    "n;k\n1;a\n2;b\n\n3;a\n",
    "\ufeffx\ty\n0.1\tred\n0.2\tblue\n",
  ].map((text) => new TextEncoder().encode(text));
}

/** A file of which no part is packed. */
function plain(inner: Uint8Array): RealFile {
  return { inner, pack: (bytes) => bytes };
}

/** A file whose header has its length before it, from byte `at` on. */
function headed(file: Uint8Array, at: number, size: 2 | 4 | 8): RealFile {
  const view = new DataView(file.buffer, file.byteOffset);
  const length = size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
  const begin = at + size;
  return {
    inner: file.slice(begin, begin + length),
    pack(inner) {
      const lengthBytes = new Uint8Array(size);
      for (let i = 0; i < Math.min(size, 4); i++) lengthBytes[i] = inner.length >> (8 * i);
      return Buffer.concat([
        file.subarray(0, at),
        lengthBytes,
        inner,
        file.subarray(begin + length),
      ]);
    },
  };
}

function safetensorsParts(file: Uint8Array): RealFile {
  return headed(file, 0, 8);
}

function npyParts(file: Uint8Array): RealFile {
  return headed(file, 8, file[6] === 1 ? 2 : 4);
}

/** An npz of one array, whose npy file is the inner part. */
function zipped(npy: string, level: number): RealFile {
  return {
    inner: Uint8Array.fromBase64(npy),
    pack: (inner) =>
      zipSync({ "a.npy": inner, "b.npy": Uint8Array.fromBase64(npy) }, {
        level: level as 0 | 6,
        mtime: new Date(1980, 0, 1),
      }),
  };
}

/** A safetensors file of the types that the other has not. */
function wideSafetensors(): Uint8Array {
  const entries = [["n", "I64", 16], ["w", "F64", 8], ["h", "F16", 4], ["b", "BF16", 4], [
    "i",
    "I32",
    8,
  ]]
    .concat([["i1", "I8", 2], ["i2", "I16", 2], ["u2", "U16", 2], ["u4", "U32", 4], [
      "u8",
      "U64",
      8,
    ]])
    .concat([["e5", "F8_E5M2", 3], ["e4", "F8_E4M3", 3], ["c", "C64", 8]])
    .concat([["f", "BOOL", 3], ["u", "U8", 5]]) as [string, string, number][];
  const sizes: Record<string, number> = { I64: 8, F64: 8, F16: 2, BF16: 2, I32: 4 };
  Object.assign(sizes, { I16: 2, U16: 2, U32: 4, U64: 8, C64: 8 });
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  for (const [name, dtype, bytes] of entries) {
    header[name] = { dtype, shape: [bytes / (sizes[dtype] ?? 1)], data_offsets: [at, at += bytes] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + at);
  new DataView(file.buffer).setUint32(0, json.length, true);
  file.set(json, 8);
  return file;
}

/** A small IDX file of each type. */
function idxFiles(): Uint8Array[] {
  const sizes: [code: number, size: number][] = [[8, 1], [9, 1], [11, 2], [12, 4], [13, 4], [
    14,
    8,
  ]];
  return sizes.map(([code, size]) => {
    const file = new Uint8Array(4 + 4 * 3 + 2 * 3 * 4 * size);
    file.set([0, 0, code, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]);
    for (let i = 16; i < file.length; i++) file[i] = i * 37;
    return file;
  });
}

/** A checkpoint of a small training. */
async function checkpointFile(): Promise<Uint8Array> {
  manualSeed(1);
  const model = new nn.Linear(2, 3);
  const trainer = new train.Trainer({
    model,
    loss: new nn.MSELoss(),
    optimizer: new optim.Adam(model.parameters()),
    callbacks: [new train.BestWeights(model)],
  });
  const set = new data.TensorDataset(randn([8, 2]), randn([8, 3]));
  const loader = new data.DataLoader(set, { batchSize: 4, shuffle: true });
  await trainer.fit(loader, loader, { epochs: 1 });
  // The time that it took would make another file each time.
  const { history, callbacks, ...others } = trainer.checkpoint();
  return train.encodeCheckpoint({
    ...others,
    seconds: 1,
    history: history.map((epoch) => ({ ...epoch, seconds: 1 })),
    callbacks: callbacks.map(({ name, values }) => ({
      name,
      values: Object.assign({}, values, { seconds: 1 }),
    })),
  });
}

/** A checkpoint whose inner part is its header; the checksum at the header's beginning is made anew. */
function checkpointParts(file: Uint8Array): RealFile {
  const { inner, pack } = safetensorsParts(file);
  const at = 8 + '{"__metadata__":{"glim.crc32":"'.length;
  return {
    inner,
    pack(inner) {
      const bytes = pack(inner);
      const place = bytes.subarray(at, at + 8);
      place.fill(0x30);
      const digits = crc32(bytes).toString(16).padStart(8, "0");
      place.set(new TextEncoder().encode(digits).subarray(0, place.length));
      return bytes;
    },
  };
}
