/** A worker's file that imports nothing, and fails once its parent has asked something. */
self.addEventListener("message", () => {
  setTimeout(() => {
    throw new Error("after all");
  });
});
export {};
