/** Which tests look at a file: the quickest first. */

const OPS = ["tests/ops_test.ts", "tests/ops_gradients_test.ts"];
const ENGINE = [
  "tests/autograd_test.ts",
  "tests/gradients_test.ts",
  "tests/accumulation_test.ts",
  "tests/in_place_test.ts",
  "tests/scope_test.ts",
  "tests/steps_test.ts",
  "tests/memory_test.ts",
  "tests/tensor_test.ts",
  "tests/shape_test.ts",
];
const THREADS = ["tests/threads_test.ts", "tests/threaded_test.ts"];
const TRAIN = [
  "tests/numbers/modules_test.ts",
  "tests/train/evaluate_test.ts",
  "tests/train/trainer_test.ts",
  "tests/train/predict_test.ts",
  "tests/train/refused_test.ts",
  "tests/train/checkpoint_folder_test.ts",
  "tests/train/checkpoint_format_test.ts",
  "tests/train/resume_test.ts",
];

/** The tests of what begins like this; the longest that fits counts. */
const TESTS: Record<string, string[]> = {
  "src/ops/": [
    ...OPS,
    ...ENGINE,
    "tests/conv_test.ts",
    "tests/nn/",
    "tests/ops/",
    "tests/numbers/",
  ],
  "src/wasm/": [
    ...OPS,
    "tests/tensor_test.ts",
    "tests/optim/",
    "tests/nn/",
    ...THREADS,
    "tests/kernels/",
  ],
  "src/wasm/optim.ts": ["tests/optim/"],
  "src/wasm/threads.ts": [...THREADS, "tests/conv_test.ts"],
  "assembly/": [
    "tests/kernels/",
    ...OPS,
    "tests/optim/",
    "tests/threaded_test.ts",
    "tests/random_test.ts",
    "tests/data/",
  ],
  "src/": [
    ...ENGINE,
    ...OPS,
    "tests/collector_test.ts",
    "tests/out_of_memory_test.ts",
    "tests/random_test.ts",
    "tests/nn/",
    "tests/conv_test.ts",
    "tests/numbers/",
  ],
  "src/nn/": ["tests/nn/", "tests/numbers/", "tests/print_test.ts", "tests/io/"],
  "src/optim/": ["tests/optim/", "tests/lr_scheduler/", "tests/train/", "tests/in_place_test.ts"],
  "src/lr_scheduler/": ["tests/lr_scheduler/"],
  "src/data/": ["tests/data/", ...TRAIN],
  "src/train/": TRAIN,
  "src/io/": ["tests/io/"],
};

/** The test files for a source file, in the order in which they run; folders are as they are. */
export function testsOf(file: string): string[] {
  const prefix = Object.keys(TESTS).filter((start) => file.startsWith(start))
    .reduce((a, b) => a.length > b.length ? a : b);
  return TESTS[prefix]!;
}
