#!/usr/bin/env node
import process from "node:process";
import { processIo } from "./frame/io.ts";
import { main } from "./main.ts";

// An input or a connection that is still open must not keep the process alive: the exit code says how it went.
process.exit(await main(process.argv.slice(2), processIo()));
