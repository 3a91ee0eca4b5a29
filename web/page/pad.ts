/**
 * The pad that one draws on: by mouse, pen, finger or keyboard.
 *
 * @module
 */
import type { Point, Stroke } from "./centre.ts";
import { paintDigit } from "./paint.ts";

/** Width of the line, as a part of the pad's side. */
const LINE = 0.075;

/** How far an arrow key moves the pen, as a part of the pad's side. */
const KEY_STEP = 1 / 20;

/** Milliseconds that a point of a demonstration takes. */
const DEMO_PACE = 14;

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A canvas that holds strokes, in units of its side. */
export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly #changed: (since: number | null) => void;
  #strokes: Point[][] = [];
  /** Which pointer is drawing. */
  #pointer: number | null = null;
  /** The keyboard's pen; null until an arrow key is pressed. */
  #pen: Point & { down: boolean } | null = null;
  /** What is on the pad is a demonstration, which gives way to the first stroke. */
  #isDemo = false;
  /** An image that is shown in place of strokes. */
  #picture: HTMLCanvasElement | null = null;
  #frame = 0;

  /** `changed` is told when there is something new, and when the user did it; null: nobody did. */
  constructor(canvas: HTMLCanvasElement, changed: (since: number | null) => void) {
    this.#canvas = canvas;
    this.#changed = changed;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId === this.#pointer) this.#pointer = null;
      });
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => {
      this.#pen = null;
      this.#paint();
    });
    new ResizeObserver(() => this.#paint()).observe(canvas);
  }

  /** What has been drawn. */
  get strokes(): readonly Stroke[] {
    return this.#strokes;
  }

  /** Whether somebody is drawing at this moment. */
  get isBusy(): boolean {
    return this.#pointer !== null || this.#pen?.down === true;
  }

  /** An empty pad. */
  clear(): void {
    cancelAnimationFrame(this.#frame);
    this.#isDemo = false;
    this.#picture = null;
    this.#strokes = [];
    this.#paint();
    this.#changed(performance.now());
  }

  /** Shows an image of side × side pixels in [0, 1], until somebody draws. */
  showImage(pixels: Float32Array): void {
    cancelAnimationFrame(this.#frame);
    this.#strokes = [];
    this.#picture = document.createElement("canvas");
    paintDigit(this.#picture, pixels);
    this.#isDemo = true;
    this.#paint();
  }

  /** Draws strokes as a hand would, or at once where motion is not wanted, until somebody draws. */
  show(strokes: readonly Stroke[]): void {
    this.clear();
    this.#isDemo = true;
    const total = strokes.reduce((sum, { length }) => sum + length, 0);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const began = performance.now();
    const draw = (): void => {
      const points = still ? total : Math.floor((performance.now() - began) / DEMO_PACE);
      this.#strokes = [];
      let left = points;
      for (const stroke of strokes) {
        if (left > 0) this.#strokes.push(stroke.slice(0, left));
        left -= stroke.length;
      }
      this.#paint();
      this.#changed(null);
      if (points < total) this.#frame = requestAnimationFrame(draw);
    };
    draw();
  }

  #press(event: PointerEvent): void {
    if (this.#pointer !== null || event.button !== 0) return;
    if (this.#isDemo) this.clear();
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#strokes.push([]);
    this.#extend(event);
  }

  #move(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    const between = event.getCoalescedEvents?.() ?? [];
    this.#extend(...(between.length > 0 ? between : [event]));
  }

  #extend(...events: PointerEvent[]): void {
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    for (const { clientX, clientY } of events) {
      this.#strokes.at(-1)!.push({ x: (clientX - left) / width, y: (clientY - top) / width });
    }
    this.#changed(performance.now());
    this.#paint();
  }

  #key(event: KeyboardEvent): void {
    const move = KEYS[event.key];
    if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (event.key === " ") this.#liftOrLower();
    else if (move !== undefined) this.#walk(move);
    else return;
    event.preventDefault();
  }

  #liftOrLower(): void {
    if (this.#isDemo) this.clear();
    const { x, y, down } = this.#pen ?? { x: 0.5, y: 0.5, down: false };
    this.#pen = { x, y, down: !down };
    if (!down) this.#strokes.push([{ x, y }]);
    this.#paint();
    this.#changed(performance.now());
  }

  #walk([dx, dy]: readonly [number, number]): void {
    const { x, y, down } = this.#pen ?? { x: 0.5, y: 0.5, down: false };
    const to = { x: keepIn(x + dx * KEY_STEP), y: keepIn(y + dy * KEY_STEP) };
    this.#pen = { ...to, down };
    if (down) this.#strokes.at(-1)!.push(to);
    this.#paint();
    if (down) this.#changed(performance.now());
  }

  #paint(): void {
    const side = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (side === 0) return;
    if (this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
    const c = this.#canvas.getContext("2d")!;
    c.clearRect(0, 0, side, side);
    if (this.#picture !== null) {
      c.imageSmoothingEnabled = false;
      c.drawImage(this.#picture, 0, 0, side, side);
    }
    c.lineCap = c.lineJoin = "round";
    c.lineWidth = LINE * side;
    c.strokeStyle = "#fff6e0";
    c.shadowColor = "#ffb338";
    c.shadowBlur = 0.05 * side;
    c.beginPath();
    for (const [first, ...others] of this.#strokes) {
      if (first === undefined) continue;
      c.moveTo(first.x * side, first.y * side);
      c.lineTo(first.x * side, first.y * side);
      for (const { x, y } of others) c.lineTo(x * side, y * side);
    }
    c.stroke();
    if (this.#pen === null) return;
    c.shadowBlur = 0;
    c.lineWidth = 2 * devicePixelRatio;
    c.strokeStyle = c.fillStyle = "#ffb338";
    c.beginPath();
    c.arc(this.#pen.x * side, this.#pen.y * side, LINE * side * 0.7, 0, 2 * Math.PI);
    if (this.#pen.down) c.fill();
    else c.stroke();
  }
}

function keepIn(value: number): number {
  return Math.max(0.02, Math.min(0.98, value));
}
