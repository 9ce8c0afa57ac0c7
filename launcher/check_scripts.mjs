/** Reads each file named as a module, in one process for all of them, and shows what is wrong and where. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";

for (const file of process.argv.slice(2)) {
  const source = readFileSync(file, "utf8");
  try {
    new SourceTextModule(source);
  } catch {
    process.exitCode = 1;
    // Only Node's own check tells the line.
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--check", "-"], { input: source, encoding: "utf8" });
    console.error(`${file}\n${stderr}`);
  }
}
