/**
 * Convolutions that people port: of residual networks, mobile ones, U-Nets, sequences and volumes.
 *
 * @module
 */

/** A convolution without bias. */
export interface Layer {
  name: string;
  op: "conv1d" | "conv2d" | "conv3d" | "convTranspose2d";
  x: number[];
  w: number[];
  options?: Readonly<Partial<Record<"stride" | "padding" | "dilation" | "groups", number>>>;
}

/** A convolution of n × n pixels. */
function image(
  name: string,
  batch: number,
  [c, o]: readonly [number, number],
  size: number,
  kernel: number,
  options: NonNullable<Layer["options"]> = {},
): Layer {
  const { groups = 1, padding = kernel >> 1, ...rest } = options;
  return {
    name: `${name}, ${batch} × ${c} → ${o}, ${size}²`,
    op: "conv2d",
    x: [batch, c, size, size],
    w: [o, c / groups, kernel, kernel],
    options: { ...rest, groups, padding },
  };
}

/** What is measured. */
export const LAYERS: readonly Layer[] = [
  // ResNet-20 and -18 of 32 × 32 pixels
  image("3x3", 32, [3, 16], 32, 3),
  image("3x3", 32, [16, 16], 32, 3),
  image("3x3", 32, [32, 32], 16, 3),
  image("3x3", 32, [64, 64], 8, 3),
  image("3x3", 8, [64, 64], 32, 3),
  image("3x3", 8, [256, 256], 8, 3),
  image("3x3", 8, [512, 512], 4, 3),
  image("3x3, stride 2", 32, [16, 32], 32, 3, { stride: 2 }),
  image("3x3, stride 2", 32, [32, 64], 16, 3, { stride: 2 }),
  image("3x3, stride 2", 8, [128, 256], 16, 3, { stride: 2 }),
  image("1x1, stride 2", 32, [16, 32], 32, 1, { stride: 2 }),
  image("1x1, stride 2", 8, [128, 256], 16, 1, { stride: 2 }),
  // one image
  image("3x3", 1, [16, 16], 32, 3),
  image("3x3", 1, [64, 64], 8, 3),
  image("3x3", 1, [64, 64], 56, 3),
  image("3x3", 1, [512, 512], 7, 3),
  image("7x7, stride 2", 1, [3, 64], 224, 7, { stride: 2 }),
  image("3x3, stride 2", 1, [3, 32], 224, 3, { stride: 2 }),
  image("1x1", 1, [256, 64], 56, 1),
  image("1x1", 1, [512, 2048], 7, 1),
  // depthwise separable
  image("depthwise", 32, [32, 32], 32, 3, { groups: 32 }),
  image("depthwise", 32, [128, 128], 16, 3, { groups: 128 }),
  image("depthwise", 32, [512, 512], 4, 3, { groups: 512 }),
  image("depthwise, stride 2", 32, [64, 64], 32, 3, { groups: 64, stride: 2 }),
  image("depthwise, 5x5", 8, [120, 120], 28, 5, { groups: 120 }),
  image("depthwise, 7x7", 8, [96, 96], 14, 7, { groups: 96 }),
  image("depthwise", 1, [144, 144], 56, 3, { groups: 144 }),
  image("1x1", 32, [32, 64], 32, 1),
  image("1x1", 32, [128, 128], 16, 1),
  image("1x1", 32, [256, 512], 4, 1),
  image("1x1", 32, [24, 144], 32, 1),
  image("1x1", 32, [144, 24], 32, 1),
  // groups and dilation
  image("3x3, 4 groups", 8, [64, 64], 32, 3, { groups: 4 }),
  image("3x3, 32 groups", 8, [128, 128], 28, 3, { groups: 32 }),
  image("3x3, dilation 2", 8, [64, 64], 32, 3, { dilation: 2, padding: 2 }),
  // larger kernels, odd channels
  image("5x5", 8, [32, 64], 14, 5),
  image("5x5", 64, [10, 20], 12, 5, { padding: 0 }),
  image("5x5", 64, [1, 6], 28, 5, { padding: 0 }),
  image("5x5", 64, [6, 16], 14, 5, { padding: 0 }),
  image("3x3", 8, [20, 20], 32, 3),
  image("3x3, one output", 8, [64, 1], 64, 3),
  // U-Nets and generators
  {
    name: "transposed 2x2, stride 2, 8 × 128 → 64, 16²",
    op: "convTranspose2d",
    x: [8, 128, 16, 16],
    w: [128, 64, 2, 2],
    options: { stride: 2 },
  },
  {
    name: "transposed 4x4, stride 2, 16 × 128 → 64, 8²",
    op: "convTranspose2d",
    x: [16, 128, 8, 8],
    w: [128, 64, 4, 4],
    options: { stride: 2, padding: 1 },
  },
  {
    name: "transposed 4x4, stride 2, 16 × 64 → 3, 32²",
    op: "convTranspose2d",
    x: [16, 64, 32, 32],
    w: [64, 3, 4, 4],
    options: { stride: 2, padding: 1 },
  },
  // sequences and volumes
  {
    name: "conv1d 3, 32 × 64 → 64, 128",
    op: "conv1d",
    x: [32, 64, 128],
    w: [64, 64, 3],
    options: { padding: 1 },
  },
  {
    name: "conv1d 80, stride 4, 4 × 1 → 32, 8000",
    op: "conv1d",
    x: [4, 1, 8000],
    w: [32, 1, 80],
    options: { stride: 4 },
  },
  { name: "conv1d 5, 32 × 100 → 100, 64", op: "conv1d", x: [32, 100, 64], w: [100, 100, 5] },
  {
    name: "conv1d 3, dilation 8, 8 × 32 → 32, 1024",
    op: "conv1d",
    x: [8, 32, 1024],
    w: [32, 32, 3],
    options: { dilation: 8, padding: 8 },
  },
  {
    name: "conv3d 3x3x3, 2 × 16 → 32, 16³",
    op: "conv3d",
    x: [2, 16, 16, 16, 16],
    w: [32, 16, 3, 3, 3],
    options: { padding: 1 },
  },
];
