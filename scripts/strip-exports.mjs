// Takes exports out of a WebAssembly file that nothing calls, so that wasm-opt can drop what only they need. Leptos' client
// of server functions brings streams (`wasm-streams`) whose parts are exported to JavaScript, used or not; the page calls
// server functions by itself. 1.2 KB of the page after brotli.
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "../end2end/node_modules/binaryen/index.js";

const UNUSED = /intounderlying/;
// What rustc writes by itself. With all that binaryen knows it would write types that no browser reads yet.
const { BulkMemory, BulkMemoryOpt, CallIndirectOverlong, ExtendedConst, Multivalue, MutableGlobals, NontrappingFPToInt, ReferenceTypes, SignExt } =
  binaryen.Features;
const FEATURES =
  BulkMemory | BulkMemoryOpt | CallIndirectOverlong | ExtendedConst | Multivalue | MutableGlobals | NontrappingFPToInt | ReferenceTypes | SignExt;
const file = process.argv.slice(2).find((argument) => argument.endsWith(".wasm"));
if (file) {
  const module = binaryen.readBinary(readFileSync(file), FEATURES);
  const exported = Array.from({ length: module.getNumExports() }, (_, at) => module.getExportByIndex(at));
  const unused = exported.map((one) => binaryen.getExportInfo(one).name).filter((name) => UNUSED.test(name));
  if (unused.length > 0) {
    unused.forEach((name) => module.removeExport(name));
    writeFileSync(file, module.emitBinary());
  }
}
