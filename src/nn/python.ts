/** A float as Python prints it: `1.0`. */
export function pythonFloat(value: number): string {
  if (value === Infinity) return "inf";
  return Number.isInteger(value) ? `${value}.0` : python(value);
}

/** A value as Python prints it: `(3, 3)`, `(8,)`, `True`, `1e-05`. */
export function python(
  value: number | boolean | readonly (number | null)[] | null,
): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") {
    // Python goes over to exponents below 1e-4 and writes two digits of them, JavaScript below 1e-6
    if (value !== 0 && Math.abs(value) < 1e-4) {
      return value.toExponential().replace(/e-(\d)$/, "e-0$1");
    }
    return String(value);
  }
  return value.length === 1
    ? `(${python(value[0] ?? null)},)`
    : `(${value.map((v) => python(v)).join(", ")})`;
}
