import { constant, integers, spaced, uniform, values } from "../prng.ts";
import { adder, type Case, exact, kink, positive } from "./case.ts";

/** Sequences, transposed convolution, padding, resizing, windows, groups of channels. */
export const imagesMore: Case[] = [];
const op = adder(imagesMore);

const sequences = uniform([2, 4, 9]), images = uniform([2, 4, 5, 6]);
op("F.conv1d(a, b, c, 2, 1, 2, 2)", [sequences, uniform([6, 2, 3]), uniform([6])], (f, a, b, c) => {
  return f.conv1d(a, b, c, { stride: 2, padding: 1, dilation: 2, groups: 2 });
});
op('F.conv1d(a, b, padding="same")', [uniform([3, 7]), uniform([2, 3, 4])], (f, a, b) => {
  return f.conv1d(a, b, null, { padding: "same" });
});
for (const padding of ["same", "valid"] as const) {
  op(`F.conv2d(a, b, c, padding="${padding}", dilation=(2, 1))`, [
    images,
    uniform([3, 4, 2, 4]),
    uniform([3]),
  ], (f, a, b, c) => f.conv2d(a, b, c, { padding, dilation: [2, 1] }));
}
op("F.conv_transpose1d(a, b, c, 2, 1, 1, 2)", [sequences, uniform([4, 3, 3]), uniform([6])], (
  f,
  a,
  b,
  c,
) => f.convTranspose1d(a, b, c, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }));
op(
  "F.conv_transpose2d(a, b, c, (2, 1), 1, (1, 0), 2, (1, 2))",
  [images, uniform([4, 3, 3, 2]), uniform([6])],
  (f, a, b, c) =>
    f.convTranspose2d(a, b, c, {
      stride: [2, 1],
      padding: 1,
      outputPadding: [1, 0],
      groups: 2,
      dilation: [1, 2],
    }),
);
op("F.conv_transpose2d(a, b)", [uniform([8, 4, 4]), uniform([8, 8, 3, 3])], (f, a, b) => {
  return f.convTranspose2d(a, b);
});

op("F.max_pool1d(a, 3, 2, 1, ceil_mode=True)", [spaced([2, 3, 8])], (f, a) => {
  return f.maxPool1d(a, 3, { stride: 2, padding: 1, ceilMode: true });
});
op("F.avg_pool1d(a, 3, 2, 1, count_include_pad=False)", [uniform([3, 8])], (f, a) => {
  return f.avgPool1d(a, 3, { stride: 2, padding: 1, countIncludePad: false });
});
op("F.adaptive_avg_pool1d(a, 3)", [uniform([2, 3, 8])], (f, a) => f.adaptiveAvgPool1d(a, 3));
op("F.adaptive_max_pool1d(a, 3)", [spaced([2, 3, 8])], (f, a) => f.adaptiveMaxPool1d(a, 3));
op("F.adaptive_max_pool2d(a, (2, None))", [spaced([2, 5, 6])], (f, a) => {
  return f.adaptiveMaxPool2d(a, [2, null]);
});

for (const mode of ["reflect", "replicate", "circular"] as const) {
  op(`F.pad(a, (2, 1, 0, 3), mode="${mode}")`, [images], (f, a) => {
    return f.pad(a, [2, 1, 0, 3], { mode });
  });
}

for (const mode of ["nearest", "nearest-exact", "bilinear", "bicubic", "area"] as const) {
  op(`F.interpolate(a, (7, 3), mode="${mode}")`, [images], (f, a) => {
    return f.interpolate(a, { size: [7, 3], mode });
  });
}
for (const mode of ["bilinear", "bicubic"] as const) {
  op(`F.interpolate(a, scale_factor=1.7, mode="${mode}", align_corners=True)`, [images], (f, a) => {
    return f.interpolate(a, { scaleFactor: 1.7, mode, alignCorners: true });
  });
}
for (const mode of ["bilinear", "bicubic", "lanczos"] as const) {
  for (const size of [[2, 9], [1, 3]] as const) {
    op(`F.interpolate(a, (${size}), mode="${mode}", antialias=True)`, [images], (f, a) => {
      return f.interpolate(a, { size, mode, antialias: true });
    });
  }
  op(`F.interpolate(a, scale_factor=0.4, mode="${mode}", antialias=True)`, [images], (f, a) => {
    return f.interpolate(a, { scaleFactor: 0.4, mode, antialias: true });
  });
  if (mode === "lanczos") continue;
  op(
    `F.interpolate(a, (2, 3), mode="${mode}", align_corners=True, antialias=True)`,
    [images],
    (f, a) => f.interpolate(a, { size: [2, 3], mode, alignCorners: true, antialias: true }),
  );
}
op('F.interpolate(a, scale_factor=2.3, mode="linear")', [sequences], (f, a) => {
  return f.interpolate(a, { scaleFactor: 2.3, mode: "linear" });
});

const windows = "dilation=(1, 2), padding=1, stride=(2, 1)";
const options = { dilation: [1, 2], padding: 1, stride: [2, 1] } as const;
op(`F.unfold(a, (2, 3), ${windows})`, [images], (f, a) => f.unfold(a, [2, 3], options));
op(`F.fold(a, (5, 6), (2, 3), ${windows})`, [uniform([2, 12, 12])], (f, a) => {
  return f.fold(a, [5, 6], [2, 3], options);
});
op("F.pixel_shuffle(a, 2)", [images], (f, a) => f.pixelShuffle(a, 2), exact);
op("F.pixel_unshuffle(a, 2)", [uniform([3, 4, 6])], (f, a) => f.pixelUnshuffle(a, 2), exact);
op("F.channel_shuffle(a, 2)", [images], (f, a) => f.channelShuffle(a, 2), exact);

const affine = [images, positive([4]), uniform([4])];
op("F.group_norm(a, 2, b, c)", affine, (f, a, weight, bias) => {
  return f.groupNorm(a!, 2, { weight: weight!, bias: bias! });
});
op("F.group_norm(a, 2)", [uniform([3, 6])], (f, a) => f.groupNorm(a, 2));
op("F.instance_norm(a, None, None, b, c)", affine, (f, a, weight, bias) => {
  return f.instanceNorm(a!, { weight: weight!, bias: bias! });
});
for (const [i, name] of ["d", "e"].entries()) {
  const inputs = [...affine.map(constant), constant(uniform([4])), constant(positive([4]))];
  op(
    `(F.instance_norm(a, d, e, b, c, momentum=0.3), ${name})[1]`,
    inputs,
    (f, a, weight, bias, ...m) => {
      const [runningMean, runningVar] = [m[0]!, m[1]!];
      f.instanceNorm(a!, { weight: weight!, bias: bias!, runningMean, runningVar, momentum: 0.3 });
      return m[i]!;
    },
  );
}
op(
  "F.local_response_norm(a, 3, 0.5)",
  [images],
  (f, a) => f.localResponseNorm(a, 3, { alpha: 0.5 }),
);

op("F.bilinear(a, b, c, d)", [
  uniform([2, 3, 4]),
  uniform([2, 3, 5]),
  uniform([6, 4, 5]),
  uniform([6]),
], (f, a, b, c, d) => f.bilinear(a!, b!, c!, d!));
const bag = [values([1, 2, 2, 0, 4, 1], [6], "int32"), uniform([5, 3])];
op("F.embedding_bag(a, b, torch.tensor([0, 2, 2]))", bag, (f, a, b) => {
  return f.embeddingBag(a, b, { offsets: [0, 2, 2] });
});
// each row as often as the others: PyTorch divides by another row's number where they differ
const often = values([1, 2, 2, 0, 0, 1], [2, 3], "int32");
for (const mode of ["sum", "mean"] as const) {
  op(
    `F.embedding_bag(a.flatten(), b, torch.tensor([0, 2, 4]), mode="${mode}", ` +
      "scale_grad_by_freq=True)",
    [often, uniform([5, 3])],
    (f, a, b) => {
      const options = { offsets: [0, 2, 4], mode, scaleGradByFreq: true };
      return f.embeddingBag(f.flatten(a), b, options);
    },
    kink, // the gradient is another by its purpose
  );
  op(
    `F.embedding_bag(a, b, mode="${mode}", padding_idx=2, scale_grad_by_freq=True)`,
    [often, uniform([5, 3])],
    (f, a, b) => f.embeddingBag(a, b, { mode, paddingIdx: 2, scaleGradByFreq: true }),
    kink,
  );
}
for (const mode of ["sum", "max"] as const) {
  op(
    `F.embedding_bag(a, b.clone(), mode="${mode}", max_norm=0.6, norm_type=1)`,
    [values([1, 2, 2, 0, 4, 1], [2, 3], "int32"), uniform([5, 3])],
    (f, a, b) => f.embeddingBag(a, f.clone(b), { mode, maxNorm: 0.6, normType: 1 }),
    kink,
  );
}
op(
  'F.embedding_bag(a, b, mode="sum", per_sample_weights=c)',
  [integers([2, 3], 0, 5), uniform([5, 3]), uniform([2, 3])],
  (f, a, b, c) => f.embeddingBag(a!, b!, { mode: "sum", perSampleWeights: c! }),
);
for (const name of ["dropout1d", "dropout2d", "dropout3d"] as const) {
  const x = uniform(
    name === "dropout1d" ? [2, 3, 4] : name === "dropout2d" ? [2, 3, 4, 2] : [2, 3, 4, 2, 1],
  );
  op(`F.${name}(a, 0.5, False)`, [x], (f, a) => f[name](a, 0.5, false), exact);
}
op("F.alpha_dropout(a, 0.5, False)", [images], (f, a) => f.alphaDropout(a, 0.5, false), exact);

const volumes = uniform([2, 3, 4, 3]);
op("F.conv3d(a, b, c, stride=2, padding=1)", [volumes, uniform([2, 2, 2, 3, 2]), uniform([2])], (
  f,
  a,
  b,
  c,
) => f.conv3d(a, b, c, { stride: 2, padding: 1 }));
op(
  "F.conv_transpose3d(a, b, c, stride=(2, 1, 1), padding=(1, 0, 0))",
  [volumes, uniform([2, 2, 2, 2, 1]), uniform([2])],
  (f, a, b, c) => f.convTranspose3d(a, b, c, { stride: [2, 1, 1], padding: [1, 0, 0] }),
);
op("F.max_pool3d(a, 2, 1)", [spaced([2, 3, 4, 3])], (f, a) => f.maxPool3d(a, 2, { stride: 1 }));
op(
  "torch.cat([x.flatten() for x in F.max_pool3d(a, 2, 1, 1, 1, return_indices=True)])",
  [spaced([2, 3, 4, 3])],
  (f, a) => {
    const [y, at] = f.maxPool3d(a, 2, { stride: 1, padding: 1, returnIndices: true });
    return f.cat([y.flatten(), at.flatten()]);
  },
);
op(
  "torch.cat([x.flatten() for x in F.adaptive_max_pool3d(a, (2, None, 2), return_indices=True)])",
  [spaced([2, 3, 4, 3])],
  (f, a) => {
    const [y, at] = f.adaptiveMaxPool3d(a, [2, null, 2], { returnIndices: true });
    return f.cat([y.flatten(), at.flatten()]);
  },
);
op(
  "F.max_unpool1d(*F.max_pool1d(a, 2, padding=1, return_indices=True), 2, padding=1)",
  [spaced([2, 6])],
  (f, a) => {
    const [y, at] = f.maxPool1d(a, 2, { padding: 1, returnIndices: true });
    return f.maxUnpool1d(y, at, 2, { padding: 1 });
  },
);
op(
  "F.max_unpool2d(*F.max_pool2d(a, 2, 2, return_indices=True), 2, output_size=(5, 4))",
  [spaced([2, 5, 4])],
  (f, a) => {
    const [y, at] = f.maxPool2d(a, 2, { returnIndices: true });
    return f.maxUnpool2d(y, at, 2, { outputSize: [5, 4] });
  },
);
op(
  "F.max_unpool3d(*F.max_pool3d(a, (2, 1, 2), return_indices=True), (2, 1, 2))",
  [spaced([2, 4, 3, 4])],
  (f, a) => {
    const [y, at] = f.maxPool3d(a, [2, 1, 2], { returnIndices: true });
    return f.maxUnpool3d(y, at, [2, 1, 2]);
  },
);
op("F.lp_pool3d(a, 3, (1, 2, 2))", [positive([2, 2, 3, 4])], (f, a) => {
  return f.lpPool3d(a, 3, [1, 2, 2]);
});
op("F.lp_pool1d(a, 3, 2)", [positive([2, 7])], (f, a) => f.lpPool1d(a, 3, 2));
op(
  "F.lp_pool2d(a, 2, (2, 3), 1)",
  [uniform([2, 4, 5])],
  (f, a) => f.lpPool2d(a, 2, [2, 3], { stride: 1 }),
);
op("F.avg_pool3d(a, 2)", [volumes], (f, a) => f.avgPool3d(a, 2));
op("F.adaptive_avg_pool3d(a, 2)", [volumes], (f, a) => f.adaptiveAvgPool3d(a, 2));

const seen = uniform([2, 3, 4, 5]), places = uniform([2, 3, 2, 2], -1.6, 1.6);
for (
  const [mode, paddingMode, alignCorners, python] of [
    ["bilinear", "zeros", false, "'bilinear', 'zeros', False"],
    ["bilinear", "border", true, "'bilinear', 'border', True"],
    ["bilinear", "reflection", false, "'bilinear', 'reflection', False"],
    ["nearest", "reflection", true, "'nearest', 'reflection', True"],
    ["bicubic", "zeros", false, "'bicubic', 'zeros', False"],
    ["bicubic", "reflection", true, "'bicubic', 'reflection', True"],
  ] as const
) {
  op(
    `F.grid_sample(a, b, ${python})`,
    [seen, places],
    (f, a, b) => f.gridSample(a, b, { mode, paddingMode, alignCorners }),
    { ...kink, tolerance: 2e-5, allZero: mode === "nearest" },
  );
}
op(
  "F.grid_sample(a, b, padding_mode='border', align_corners=False)",
  [uniform([1, 2, 3, 2, 4]), uniform([1, 2, 2, 3, 3], -1.3, 1.3)],
  (f, a, b) => f.gridSample(a, b, { paddingMode: "border" }),
  kink,
);
op(
  "F.affine_grid(a, (2, 1, 3, 4), align_corners=False)",
  [uniform([2, 2, 3])],
  (f, a) => f.affineGrid(a, [2, 1, 3, 4]),
);
op(
  "F.affine_grid(a, (1, 1, 2, 2, 3), align_corners=True)",
  [uniform([1, 3, 4])],
  (f, a) => f.affineGrid(a, [1, 1, 2, 2, 3], { alignCorners: true }),
);
