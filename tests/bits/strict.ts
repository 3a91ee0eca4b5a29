/** Loaded before a program: it then computes with the strict build, whose bits no processor changes. */
import { setKernelBuild } from "../../mod.ts";

setKernelBuild("strict");
